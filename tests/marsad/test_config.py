"""The configuration file: every fault with its place and the closest valid name; no secret shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from marsad.config import load
from marsad.config.masking import masked, secrets_of
from marsad.config.reference import json_schema
from marsad.config.units import format_duration, parse_duration, parse_size
from news.errors import ConfigError
from pipelines.tagging.finders import lexicon_finder

SECRET = "whsec_" + "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
GOOD = """\
outlets:
  - id: tigris
    name: Tigris Wire
    zone: Asia/Baghdad
    sources:
      - {id: en, url: "https://tigris.example/feed", languages: [en]}
rules:
  - use: builtin/security-cooperation
receivers:
  hook: {channel: webhook, url: "https://hooks.example/x", secret: "${HOOK_SECRET}"}
routes:
  - {id: all, to: [hook]}
"""


def written(folder: Path, text: str) -> Path:
    file = folder / "config.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def faults(folder: Path, text: str) -> str:
    with pytest.raises(ConfigError) as refused:
        load(written(folder, text), {"HOOK_SECRET": SECRET})
    return str(refused.value)


def test_a_good_file_becomes_nouns_with_defaults(tmp_path: Path) -> None:
    config = load(written(tmp_path, GOOD), {"HOOK_SECRET": SECRET})
    assert [s.id for s in config.sources] == ["tigris/en"]
    assert config.sources[0].interval.total_seconds() == 600
    assert config.routes[0].endpoints == ("hook",)
    assert config.store == f"sqlite:///{tmp_path}/var/marsad.db"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("name: Tigris", "nmae: Tigris", "config.yaml:3:5: outlets[0].nmae: unknown key (did you mean 'name'?)"),
        ("channel: webhook", "channel: webhok", "config.yaml:10:19: receivers.hook: unknown channel 'webhok' (did you mean 'webhook'?)"),
        ("to: [hook]", "to: [hok]", "config.yaml:12:20: routes[0].to[0]: unknown receiver 'hok' (did you mean 'hook'?)"),
        ("zone: Asia/Baghdad", "zone: Asia/Bagdad", "config.yaml:4:11: outlets[0].zone: 'Asia/Bagdad' is not a time zone"),
        ("languages: [en]", "languages: [ku]", "outlets[0].sources[0].languages[0]: 'ku' is not a language"),
        ("https://tigris.example/feed", "tigris.example", "outlets[0].sources[0].url: not an absolute http(s) URL"),
        ("id: en,", "id: en, interval: 10,", "is not a duration; write for example"),
        ("name: Tigris Wire", "name: Tigris Wire\n    name: Again", "config.yaml:4:5: outlets[0].name: this key is given twice (first on line 3)"),
        ("${HOOK_SECRET}", "${NO_SUCH}", "the environment variable NO_SUCH is not set"),
        ("${HOOK_SECRET}", "whsec_short", "receivers.hook.secret"),
        ("builtin/security-cooperation", "builtin/security-coperation", "did you mean 'security-cooperation'?"),
        ("outlets:", "outlets: [", "not valid YAML"),
        ("id: en,", "id: en, enabled: no,", "enabled: must be true or false"),
        ("https://hooks.example/x", "https://hooks.example/x\\ny", "receivers.hook: there is a space or a line break in the address"),
        ("outlets:", "store: mysql://marsad@db/news\noutlets:", "config.yaml:1:8: store: a database's address begins with"),
        ("${HOOK_SECRET}", "whsec_MDEyMzQ1Njc4OWFi\\nY2RlZjAxMjM0NTY3ODlhYmNkZWY=", "there is a space or a line break in it"),
    ],
)  # fmt: skip
def test_a_fault_is_given_with_its_place_and_the_closest_name(
    tmp_path: Path, old: str, new: str, expected: str
) -> None:
    assert old in GOOD
    assert expected in faults(tmp_path, GOOD.replace(old, new, 1))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ('secret: "${NO_SUCH}"', "the environment variable NO_SUCH is not set"),
        ("secret_file: none", "cannot read the secret file"),
        ('secret: "${HOOK_SECRET}", headers: {x-a: "${NO_SUCH}"}', "the environment variable NO_SUCH is not set"),
    ],
)
def test_a_value_that_could_not_be_had_is_one_fault(tmp_path: Path, given: str, expected: str) -> None:
    told = faults(tmp_path, GOOD.replace('secret: "${HOOK_SECRET}"', given))
    assert expected in told
    assert "1 fault;" in told


def test_an_address_that_could_not_be_had_hides_no_other_fault(tmp_path: Path) -> None:
    text = GOOD.replace("https://hooks.example/x", "${NO_SUCH}").replace("${HOOK_SECRET}", "whsec_short")
    told = faults(tmp_path, text)
    assert "NO_SUCH is not set" in told
    assert "receivers.hook.secret" in told
    assert "2 faults;" in told


def test_a_file_that_cannot_be_read_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "latin.yaml").write_bytes("contact: b\xfcro@example.org".encode("latin-1"))
    with pytest.raises(ConfigError, match=r"latin\.yaml: cannot be read: it is not UTF-8 text$"):
        load(tmp_path / "latin.yaml", {})
    with pytest.raises(ConfigError, match=r"cannot be read: Is a directory$"):
        load(tmp_path, {})


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    text = GOOD.replace("zone:", "zoen:").replace("languages: [en]", "langs: [en]")
    assert "2 faults" in faults(tmp_path, text)


def test_secrets_come_from_files_which_others_must_not_read(tmp_path: Path) -> None:
    secret = tmp_path / "hook.secret"
    secret.write_text(SECRET + "\n")
    secret.chmod(0o600)
    text = GOOD.replace('secret: "${HOOK_SECRET}"', "secret_file: hook.secret")
    assert SECRET in secrets_of(load(written(tmp_path, text), {}))
    secret.chmod(0o644)
    assert "chmod 600" in faults(tmp_path, text)
    secret.unlink()
    assert "cannot read the secret file" in faults(tmp_path, text)


def test_no_secret_appears_in_what_is_shown_or_in_an_error(tmp_path: Path) -> None:
    config = load(written(tmp_path, GOOD), {"HOOK_SECRET": SECRET})
    shown = json.dumps(masked(config))
    assert SECRET not in shown
    assert "hooks.example" not in shown, "the address of a receiver is a secret"
    assert SECRET not in faults(tmp_path, GOOD.replace("url:", "urll:"))


def test_a_default_stands_in_for_an_unset_variable_and_two_dollars_are_one(tmp_path: Path) -> None:
    text = GOOD.replace("Tigris Wire", "${NAME:-Tigris} $$5")
    assert load(written(tmp_path, text), {"HOOK_SECRET": SECRET}).sources[0].outlet.name == "Tigris $5"


def test_a_missing_file_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"there is no such file\. Write one with: marsad config init"):
        load(tmp_path / "none.yaml")


def test_the_shipped_configuration_is_valid_and_is_the_example() -> None:
    top = Path(__file__).parents[2]
    config = load(top / "config.yaml", {})
    assert len(config.settings.outlets) >= 11
    assert {"shafaq/en", "shafaq/ar", "shafaq/ku"} <= {s.id for s in config.sources}
    example = top / "marsad" / "config" / "example.yaml"
    assert example.read_bytes() == (top / "config.yaml").read_bytes()


def test_a_file_loaded_again_makes_no_word_ready_again(tmp_path: Path) -> None:
    """A reload, or each step of a command that changes the file, took a third of a second of processor time for them."""
    first, second = (load(written(tmp_path, GOOD), {"HOOK_SECRET": SECRET}) for _ in range(2))
    assert lexicon_finder(first.lexicons) is lexicon_finder(second.lexicons)


def test_the_schema_accepts_the_shipped_file_and_refuses_an_unknown_key() -> None:
    import yaml
    from jsonschema import Draft202012Validator

    values = yaml.safe_load((Path(__file__).parents[2] / "config.yaml").read_text())
    validator = Draft202012Validator(json_schema())
    assert list(validator.iter_errors(values)) == []
    assert list(validator.iter_errors({**values, "outlest": []}))


@pytest.mark.parametrize("text", ["30s", "10m", "1h30m", "250ms", "7d", "0s"])
def test_durations_are_read_and_written_alike(text: str) -> None:
    assert format_duration(parse_duration(text)) == text


def test_sizes_have_units() -> None:
    assert parse_size("8MiB") == 8 * 1024**2
    with pytest.raises(ValueError, match="8MiB"):
        parse_size("8 parsecs")
