"""The command tree, noun then verb; a command's module is imported only when it is run."""

from __future__ import annotations

from difflib import get_close_matches
from importlib import import_module

import click

_CONTEXT = {"help_option_names": ["-h", "--help"]}


class LazyGroup(click.Group):
    """A group whose commands live in modules: `verb -> (module, short help)`.

    The help page is made of the table alone: `--help` imports no room.
    """

    def __init__(self, *args: object, table: dict[str, tuple[str, str]], **kw: object) -> None:
        super().__init__(*args, **kw)  # type: ignore[arg-type]
        self.table = table

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.table:
            return None
        target, _, name = self.table[cmd_name][0].partition(":")
        command = getattr(import_module(f"marsad.commands.{target}"), name or "command")
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and args[0] not in self.table:
            close = get_close_matches(args[0], self.table, n=1)
            hint = f" Did you mean {close[0]!r}?" if close else ""
            ctx.fail(f"there is no command {args[0]!r}.{hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in self.table.items()])


_GROUPS: dict[str, click.Group] = {}
"""Not module attributes: importing `marsad.commands.sources` would overwrite one called so."""


def _group(name: str, text: str, **verbs: str) -> None:
    # `list` is a builtin and `import` a keyword: the functions of these verbs end in `_`.
    functions = {verb: f"{verb}_" if verb in ("list", "import") else verb for verb in verbs}
    modules = {("alerts", "route"): "route", ("alerts", "digests"): "route"}
    table = {
        verb: (f"{modules.get((name, verb), name)}:{functions[verb]}", help_text) for verb, help_text in verbs.items()
    }
    _GROUPS[name] = LazyGroup(name=name, help=text, table=table, context_settings=_CONTEXT)


_group(
    "sources",
    "The outlets' addresses that are polled.",
    list="Every source: how it fares, since when and why; its next visit.",
    check="Visit sources once, without storing, and say what is wrong.",
    catalogue="The shipped list of regional outlets, with their addresses.",
    add="Put an outlet of the catalogue into the configuration file.",
    discover="Find the feeds, sitemaps and listing page of an unknown site.",
    export="Write the configured feeds as OPML.",
    **{"import": "Put the feeds of an OPML file into the configuration file."},
)
_group(
    "runs",
    "Visits of sources: what each found, and its log.",
    list="The latest visits.",
    show="One visit with its counts.",
    log="The log of one visit.",
)
_group(
    "stories",
    "Events, each told by one or more articles.",
    list="The latest stories.",
    show="One story: its articles, why they belong together, why it matched.",
    merge="Put two stories together; remembered, and nobody is told twice.",
    split="Take articles out of a story into one of their own; remembered.",
)
_group(
    "articles",
    "What outlets published, version by version.",
    revisions="What an outlet changed in an article, and when; whether it was withdrawn.",
)
_group(
    "quarantine",
    "Pages that were read but gave no article.",
    list="The latest such pages, with the reason.",
    retry="Read kept pages once more, after a profile was mended.",
)
_group(
    "alerts",
    "What was told, to whom, and how far it came.",
    list="The latest alerts with their deliveries.",
    show="One alert with every attempt.",
    resend="Send a delivery again, under the same id.",
    route="Which receivers a story reaches, and why not the others.",
    digests="The digests to come: for whom, when, how many messages wait.",
)
_group(
    "silences",
    "What nobody is to be told for a while.",
    add="Hide stories for a while; or only show what that would have hidden.",
    list="The silences in force.",
    expire="End a silence now.",
)
_group(
    "rules",
    "What makes a story interesting.",
    list="Every rule: what it told, and its precision by feedback.",
    test="Try rules on a text, an article or the archive, with reasons.",
    train="Let the re-ranker learn from feedback.",
    explain="A rule over one article, condition by condition; the nearest miss.",
)
_group(
    "channels",
    "The ways people are told.",
    list="Every receiver and recipient: kind, health, who has unsubscribed.",
    test="Send a marked test message through a receiver.",
    preview="A story exactly as it would go to a receiver; nothing is sent.",
    secret="Make a webhook secret or an ed25519 key pair.",  # noqa: S106 - a verb's help
    resubscribe="Send mail to a recipient again who has unsubscribed.",
)
_group(
    "config",
    "The configuration file.",
    check="Validate the file; every fault with its place.",
    show="The configuration in force, secrets masked.",
    init="Write an annotated configuration to start from.",
    schema="The JSON Schema of the file, for editors.",
)
_group(
    "db",
    "The database.",
    upgrade="Bring the database up to this version.",
    backup="Copy the database to a new file while it is in use.",
    check="Check that the database is whole.",
    reindex="Fill the index that search and back-tests use.",
    compact="Give unused room back to the file system.",
)

_TREE = {
    "demo": ("demo", "Watch it work: a newsroom of its own, on this machine only."),
    "run": ("run", "The daemon: poll, decide, deliver, until told to stop."),
    "crawl": ("crawl", "Visit one source now."),
    "status": ("status", "How things stand, in one page."),
    "healthcheck": ("healthcheck", "Ask the running daemon whether it is ready; the exit code says it."),
    "search": ("search", "Find articles of the archive, in every language."),
    "feedback": ("feedback", "Say whether a story was worth telling, or what was missed."),
    "retag": ("retag", "Run history again after a change of rules; nobody is told."),
    "why": ("why", "One URL's way through every stage, or where it fell out."),
    "sources": (":sources", "The outlets' addresses that are polled."),
    "runs": (":runs", "Visits of sources, with their logs."),
    "stories": (":stories", "Events, each told by one or more articles."),
    "articles": (":articles", "What outlets published, version by version."),
    "quarantine": (":quarantine", "Pages that were read but gave no article."),
    "alerts": (":alerts", "What was told, to whom, and how far it came."),
    "silences": (":silences", "What nobody is to be told for a while."),
    "rules": (":rules", "What makes a story interesting."),
    "channels": (":channels", "The ways people are told."),
    "config": (":config", "The configuration file."),
    "db": (":db", "The database."),
    "extract": ("filters:extract", "JSON lines: pages in, articles out."),
    "tag": ("filters:tag", "JSON lines: articles in, verdicts with reasons out."),
    "group": ("filters:group", "JSON lines: articles in, stories out."),
    "completion": ("completion", "Print the shell completion script."),
}


class _Root(LazyGroup):
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        target = self.table.get(cmd_name, ("", ""))[0]
        if target.startswith(":"):
            return _GROUPS[target[1:]]
        return super().get_command(ctx, cmd_name)


@click.command(cls=_Root, table=_TREE, context_settings=_CONTEXT)
@click.option(
    "-c",
    "--config",
    "config_name",
    metavar="FILE",
    help="Configuration file. Default: $MARSAD_CONFIG, ./config.yaml, ~/.config/marsad/config.yaml or "
    "/etc/marsad/config.yaml, the first there is.",
)
@click.version_option(package_name="marsad", message="marsad %(version)s")
@click.pass_context
def root(ctx: click.Context, config_name: str | None) -> None:
    """Marsad watches regional news outlets and tells people, once and with reasons,
    when states co-operate on security."""
    ctx.obj = config_name
