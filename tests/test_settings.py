from pathlib import Path

import pytest

from streamgauge.contracts.receipt import Claims
from streamgauge.settings import (
    InputError,
    Kafka,
    Receipt,
    Redis,
    Settings,
    SettingsError,
    chosen_port,
    load,
)

SECRET = "hush-hush"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "streamgauge.toml"


def test_without_anything_all_is_on_this_machine() -> None:
    settings = load(environ={})
    assert settings == Settings()
    assert settings.kafka.brokers == "127.0.0.1:9092"
    hosts = (settings.serve, settings.worker, settings.dashboard, settings.alerting)
    assert {section.host for section in hosts} == {"127.0.0.1"}


def test_a_file_sets_what_it_names_and_leaves_the_rest(file: Path) -> None:
    file.write_text(
        """
        log_level = "debug"
        [kafka]
        brokers = "k1:9092,k2:9092"
        ssl_cafile = "ca.pem"
        [window]
        width = 10
        [alerting]
        rules = ["a.yml", "b.yml"]
        [experiments.forest]
        model = "result_count"
        arms = { champion = "1", challenger = "2" }
        """
    )
    settings = load(file, environ={})
    assert settings.kafka.brokers == "k1:9092,k2:9092"
    assert settings.kafka.ssl_cafile == Path("ca.pem")
    assert settings.window.width == 10.0
    assert settings.window.lateness == Settings().window.lateness
    assert settings.alerting.rules == (Path("a.yml"), Path("b.yml"))
    assert settings.experiments["forest"].arms["challenger"] == "2"


def test_a_variable_names_the_file_and_others_come_before_it(file: Path) -> None:
    file.write_text('log_level = "debug"\n[kafka]\nbrokers = "file:1"\npartitions = 8\n')
    settings = load(
        environ={
            "STREAMGAUGE_CONFIG": str(file),
            "STREAMGAUGE_KAFKA__BROKERS": "variable:1",
            "STREAMGAUGE_LOG_LEVEL": "error",
            "STREAMGAUGE_SERVE__FAULTS": "true",
            "STREAMGAUGE_WINDOW__WIDTH": "2.5",
            "STREAMGAUGE_WORKER__DATADIR": "elsewhere",
            "OTHER_KAFKA__BROKERS": "not ours",
        }
    )
    assert (settings.kafka.brokers, settings.kafka.partitions) == ("variable:1", 8)
    assert settings.log_level == "error"
    assert settings.serve.faults is True
    assert settings.window.width == 2.5
    assert settings.worker.datadir == Path("elsewhere")


@pytest.mark.parametrize(
    ("text", "parts"),
    [("a.yml", ("a.yml",)), ("a.yml, b.yml", ("a.yml", "b.yml")), ("", ()), (",", ())],
)
def test_a_list_in_a_variable_is_separated_by_commas(text: str, parts: tuple[str, ...]) -> None:
    settings = load(environ={"STREAMGAUGE_ALERTING__RULES": text})
    assert settings.alerting.rules == tuple(map(Path, parts))
    assert load(environ={"STREAMGAUGE_CLIENT__FIELDS": "a,b"}).client.fields == ("a", "b")
    assert load(environ={"STREAMGAUGE_KAFKA__BROKERS": "a,b"}).kafka.brokers == "a,b"


def test_an_experiment_can_be_set_by_variables_alone() -> None:
    settings = load(
        environ={
            "STREAMGAUGE_EXPERIMENTS__FOREST__ARMS__CHAMPION": "1",
            "STREAMGAUGE_EXPERIMENTS__FOREST__ARMS__CHALLENGER": "2",
            "STREAMGAUGE_EXPERIMENTS__FOREST__MODEL": "duration_s",
        }
    )
    assert settings.experiments["forest"].arms == {"champion": "1", "challenger": "2"}
    with pytest.raises(SettingsError, match=r"environment: .*`model`"):
        load(environ={"STREAMGAUGE_EXPERIMENTS__FOREST__ARMS__CHAMPION": "1"})


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[kafka]\npartitions = '4'", "$.kafka.partitions"),
        ("[kafka]\npartitions = 0", "$.kafka.partitions"),
        ("[kafka]\nbroker = 'x:1'", "unknown field `broker`"),
        ("[kafak]", "unknown field `kafak`"),
        ("kafka = 5", "$.kafka"),
        ("[serve]\nport = 70000", "$.serve.port"),
        ("[window]\nwidth = -1", "$.window.width"),
        ("[alerting]\nrules = 'a.yml'", "$.alerting.rules"),
        ("log_level = 'loud'", "$.log_level"),
        ("[worker]\ndatadir = 5", "$.worker.datadir"),
        ("[kafka\n", "line 1"),
        ("a = 1\na = 2\n", "line 2"),
    ],
)
def test_a_wrong_file_is_named_with_the_place(file: Path, text: str, place: str) -> None:
    file.write_text(text)
    with pytest.raises(SettingsError) as wrong:
        load(file, environ={})
    assert str(wrong.value).startswith(f"{file}:")
    assert place in str(wrong.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "log_level = 'info'\n[kafak]",
            ":2: Object contains unknown field `kafak`; expected",
        ),
        ("[kafka]\n\nbroker = 'x:1'", ":3: Object contains unknown field `broker`"),
        ("[kafka]\nbrokers = 'x'\npartitions = '4'", ":3: Expected `int`, got `str`"),
        ("log_level = 'loud'", "`$.log_level`; expected one of debug, info, warning, error"),
        (
            "[experiments.a]\nmodel = 'm'\narms = {}\n[experiments.b]\nmodel = 'm'",
            ":4: Object missing required field `arms`",
        ),
        (
            "[experiments.a]\nmodel = 'm'\narms = {}\nfoo = 1",
            ":4: Object contains unknown field `foo` - at `$.experiments[...]`; expected",
        ),
    ],
)
def test_a_wrong_file_is_named_with_line_and_what_was_expected(
    file: Path, text: str, said: str
) -> None:
    file.write_text(text)
    with pytest.raises(SettingsError) as wrong:
        load(file, environ={})
    assert said in str(wrong.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"absent\.toml: No such file"):
        load(tmp_path / "absent.toml", environ={})
    with pytest.raises(SettingsError, match="Is a directory"):
        load(tmp_path, environ={})
    (tmp_path / "latin.toml").write_bytes(b"name = '\xe9'")
    with pytest.raises(SettingsError, match=r"latin\.toml: "):
        load(tmp_path / "latin.toml", environ={})


@pytest.mark.parametrize(
    ("name", "value", "place"),
    [
        ("STREAMGAUGE_KAFKA__PARTITIONS", "four", "$.kafka.partitions"),
        ("STREAMGAUGE_KAFKA__BROKRS", "x", "unknown field `brokrs`"),
        ("STREAMGAUGE_SERVE__FAULTS", "perhaps", "$.serve.faults"),
        ("STREAMGAUGE_KAFKA__SECURITY_PROTOCOL", "HTTPS", "$.kafka.security_protocol"),
        ("STREAMGAUGE_KAFKA__BROKERS__X", "y", "$.kafka.brokers"),
    ],
)
def test_a_wrong_variable_is_named(name: str, value: str, place: str) -> None:
    with pytest.raises(SettingsError) as wrong:
        load(environ={name: value})
    assert str(wrong.value).startswith(f"{name}: ")
    assert place in str(wrong.value)


@pytest.mark.parametrize("asked", [0, -1, 65_536])
def test_a_port_that_there_cannot_be_is_refused(asked: int) -> None:
    with pytest.raises(InputError, match=f"--port {asked}: expected 1 to 65535"):
        chosen_port(asked, 8002)


def test_a_secret_comes_from_its_file_before_its_value(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text(f"{SECRET}\n")
    assert Kafka(sasl_password="old", sasl_password_file=path).password() == SECRET
    assert Redis(password_file=path).options() == {"password": SECRET}
    with pytest.raises(SettingsError, match="absent: No such file"):
        Kafka(sasl_password_file=tmp_path / "absent").password()
    path.write_bytes(b"\xff")
    with pytest.raises(SettingsError, match="expected UTF-8"):
        Redis(password_file=path).options()


def test_no_secret_is_in_the_repr() -> None:
    settings = load(
        environ={
            "STREAMGAUGE_KAFKA__SASL_PASSWORD": SECRET,
            "STREAMGAUGE_KAFKA__SSL_KEY_PASSWORD": SECRET,
            "STREAMGAUGE_REDIS__PASSWORD": SECRET,
            "STREAMGAUGE_REDIS__URL": f"redis://:{SECRET}@h:1/0",
            "STREAMGAUGE_RECEIPT__KEYS": f"k1:{SECRET}",
            "STREAMGAUGE_CLIENT__PSEUDONYM_KEY": SECRET,
            "STREAMGAUGE_DASHBOARD__TOKEN": SECRET,
            "STREAMGAUGE_ALERTING__TOKEN": SECRET,
            "STREAMGAUGE_ALERTING__LINK_KEY": SECRET,
            "STREAMGAUGE_ALERTING__SLACK_SIGNING_SECRET": SECRET,
        }
    )
    assert SECRET not in repr(settings)
    assert settings.kafka.password() == SECRET


def test_credentials_reach_librdkafka_in_its_names(tmp_path: Path) -> None:
    kafka = Kafka(
        brokers="k:1",
        security_protocol="SASL_SSL",
        sasl_username="gauge",
        sasl_password=SECRET,
        ssl_cafile=tmp_path / "ca.pem",
        ssl_certfile=tmp_path / "cert.pem",
        ssl_keyfile=tmp_path / "key.pem",
        ssl_key_password="k",
    )
    assert kafka.confluent() == {
        "bootstrap.servers": "k:1",
        "security.protocol": "SASL_SSL",
        "sasl.mechanisms": "SCRAM-SHA-512",
        "sasl.username": "gauge",
        "sasl.password": SECRET,
        "ssl.ca.location": str(tmp_path / "ca.pem"),
        "ssl.certificate.location": str(tmp_path / "cert.pem"),
        "ssl.key.location": str(tmp_path / "key.pem"),
        "ssl.key.password": "k",
    }
    assert "sasl.password" not in Kafka(sasl_password=SECRET).confluent()


def test_receipt_keys_make_a_desk_that_knows_them_all() -> None:
    assert Receipt().desk() is None
    new = Receipt(keys="k2:new, k1:old").desk()
    old = Receipt(keys="k1:old").desk()
    assert new is not None
    assert old is not None
    claims = Claims(id="p", ts=1_700_000_000_000, model="m", version="1")
    assert new.check(old.issue(claims), claims.ts) == claims
    assert new.issue(claims).startswith("k2.")
    for wrong in ("nosecret", "k1:", ":secret", "a.b:x"):
        with pytest.raises(SettingsError, match=r"receipt\.keys"):
            Receipt(keys=wrong).desk()
