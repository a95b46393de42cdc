"""Puts findings together: features that drift and predictions that drift with them."""

import msgspec

from streamgauge.stream_processors.finding import Found
from streamgauge.stream_processors.watch_feature import STREAM as FEATURES
from streamgauge.stream_processors.watcher import NOTHING, Look, Seen

PREDICTION = "prediction"


class ModelState(msgspec.Struct):
    """Nothing has to be remembered."""


class ModelWatcher:
    """A drift of the model: of what it is asked and of what it answers, in the same window."""

    name = "model"
    state = ModelState

    def start(self) -> ModelState:
        return ModelState()

    def wants(self, look: Look) -> bool:
        return not look.is_part and look.summary.source == "predictions"

    def look(self, _state: object, look: Look) -> Seen:
        features = next((one for one in look.found if one.stream == FEATURES), None)
        answers = next((one for one in look.found if one.stream == PREDICTION), None)
        if features is None or answers is None:
            return NOTHING._replace(same=True)
        found = Found(
            detector="both",
            stream="model",
            score=max(features.score, answers.score),
            before=answers.before,
            after=answers.after,
            samples=min(features.samples, answers.samples),
            direction=answers.direction,
            reference=features.reference,
            parts=features.parts,
            text=f"{features.text}; {answers.text}",
        )
        return Seen(found=(found,), same=True)
