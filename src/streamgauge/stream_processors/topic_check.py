"""What a worker makes of the topics that it finds: it starts, warns, or does not start."""

from itertools import groupby

from streamgauge.logs import log
from streamgauge.producers.provision import Drift, compare
from streamgauge.settings import InputError, Kafka, UnavailableError


def check_topics(kafka: Kafka) -> list[Drift]:
    """Refuse topics that figures cannot be right on; warn of others, a line each, and return them.

    `UnavailableError` where topics are missing: somebody may be making them. `InputError` where one
    has other partitions than the settings say: keys and state would be in other places.
    """
    drift = compare(kafka).drift
    if missing := [one.topic for one in drift if one.found == "missing"]:
        raise UnavailableError(
            f"topics are missing ({', '.join(missing)}): run streamgauge topics create"
        )
    if uneven := [one for one in drift if one.setting == "partitions"]:
        told = ", ".join(f"{one.topic} has {one.found}, not {one.wanted}" for one in uneven)
        raise InputError(
            f"kafka.partitions: {told}. Set it to what the topics have, or stop the producers, let "
            "every stage drain, delete the topics and create them anew"
        )
    for topic, several in groupby(drift, lambda one: one.topic):
        wrong = "; ".join(
            f"{one.setting} is {one.found}, should be {one.wanted}" for one in several
        )
        log.warning("a topic is not as it should be", topic=topic, wrong=wrong)
    return drift
