package streamgauge.peer;

/** The arguments of a peer: BROKERS TOPIC TOTAL WARM WORK FEATURES. */
public record Options(
        String brokers, String topic, long total, long warm, boolean full, int features) {
    public static Options of(String[] arguments) {
        if (arguments.length != 6 || !arguments[4].matches("counts|full")) {
            throw new IllegalArgumentException("BROKERS TOPIC TOTAL WARM counts|full FEATURES");
        }
        return new Options(
                arguments[0],
                arguments[1],
                Long.parseLong(arguments[2]),
                Long.parseLong(arguments[3]),
                arguments[4].equals("full"),
                Integer.parseInt(arguments[5]));
    }
}
