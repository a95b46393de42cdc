package streamgauge.peer;

/** What an event may hold and how long it may come: the contract, and streamgauge's defaults. */
public final class Limits {
    public static final int LABEL_LENGTH = 128;
    public static final double LONGEST_MS = 3_600_000.0;
    public static final long PAST_MS = 7 * 86_400_000L;
    public static final long AHEAD_MS = 60_000L;
    public static final long WINDOW_MS = 60_000L;

    /** How far events may be out of order before a window is told. */
    public static final long DELAY_MS = 30_000L;

    /** How long a window that was told still takes late events. */
    public static final long LATENESS_MS = 600_000L;

    /** How long a partition may be silent before time goes on without it. */
    public static final long IDLE_MS = 10_000L;

    private Limits() {}
}
