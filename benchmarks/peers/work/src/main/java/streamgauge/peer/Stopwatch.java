package streamgauge.peer;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;

/** Clocks a program between two counts of records, then says how it went and rests. */
public final class Stopwatch {
    private static final com.sun.management.OperatingSystemMXBean SYSTEM =
            (com.sun.management.OperatingSystemMXBean)
                    ManagementFactory.getOperatingSystemMXBean();

    private final long warm;
    private final long total;
    private final List<Book> books = new ArrayList<>();
    private long seen;
    private long refused;

    /** Nanoseconds: of the start, then of the whole. */
    private long wall;
    private long cpu;

    /** Time begins after `warm` records, when the compiler has done its work. */
    public Stopwatch(long warm, long total) {
        this.warm = warm;
        this.total = total;
    }

    public void watch(Book book) {
        books.add(book);
    }

    /** One more record was dealt with; only ever called by one thread. */
    public void count(Event event) {
        if (event.refused != null) {
            refused++;
        }
        seen++;
        if (seen == warm) {
            start();
        } else if (seen == total) {
            stop();
            tell(sums(), refused);
            while (true) {
                LockSupport.park();
            }
        }
    }

    /** The warm-up is over. */
    synchronized void start() {
        wall = System.nanoTime();
        cpu = SYSTEM.getProcessCpuTime();
    }

    /** All is counted. */
    synchronized void stop() {
        wall = System.nanoTime() - wall;
        cpu = SYSTEM.getProcessCpuTime() - cpu;
    }

    private long[] sums() {
        long[] sums = new long[3];
        for (Book book : books) {
            long[] one = book.checksum();
            for (int place = 0; place < sums.length; place++) {
                sums[place] += one[place];
            }
        }
        return sums;
    }

    /** Print the pace: `sums` are events, microseconds of latency, observations. */
    void tell(long[] sums, long refused) {
        System.out.printf(
                Locale.ROOT,
                "{\"events\":%d,\"wall\":%.6f,\"cpu\":%.6f,\"maximum_rss_mb\":%.1f,"
                        + "\"checksum\":{\"events\":%d,\"latency_us\":%d,\"cells\":%d,"
                        + "\"rejected\":%d}}%n",
                total - warm,
                wall / 1e9,
                cpu / 1e9,
                maximumRssMb(),
                sums[0],
                sums[1],
                sums[2],
                refused);
        System.out.flush();
    }

    private static double maximumRssMb() {
        try {
            for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
                if (line.startsWith("VmHWM:")) {
                    return Long.parseLong(line.replaceAll("\\D", "")) / 1_024.0;
                }
            }
        } catch (IOException notLinux) {
            return 0.0;
        }
        return 0.0;
    }
}
