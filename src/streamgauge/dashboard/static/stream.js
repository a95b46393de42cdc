// Server-sent events with a watchdog: the browser reconnects, and we notice when it cannot.

const SILENCE = 15000; // the server speaks every 5 s
const RETRY = 2000;

/** Call hear(kind, page) for every message and lost(sinceMs) while there is none. */
export function stream(address, hear, lost) {
  let source = null;
  let heard = Date.now();
  let open = false;

  function connect() {
    source?.close();
    open = true;
    source = new EventSource(address);
    for (const kind of ["snapshot", "update"]) {
      source.addEventListener(kind, (event) => {
        heard = Date.now();
        hear(kind, JSON.parse(event.data));
      });
    }
    source.addEventListener("error", () => open && lost(heard));
  }

  setInterval(() => {
    if (!open) return;
    const silent = Date.now() - heard > SILENCE;
    if (silent) lost(heard);
    // A refusal closes the source for good, a dead network leaves it waiting: begin again.
    if (source.readyState === EventSource.CLOSED || silent) connect();
  }, RETRY);

  connect();
  return {
    pause() {
      open = false;
      source.close();
    },
    resume() {
      heard = Date.now();
      connect();
    },
  };
}
