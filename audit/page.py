"""The report as one HTML page that stands alone: no script, nothing fetched, everything escaped."""

from html import escape

from audit.report import CLOSING, Report, Step, printable

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 50rem; margin: 2rem auto; padding: 0 1rem;
  color: #1b1b1b }
.result { padding: .75rem 1rem; border-left: .5rem solid; font-size: 1.2rem }
.held, .good { border-color: #00a91c } .failed, .bad { border-color: #b50909 }
th { text-align: left; padding-right: 1.5rem; font-weight: 600; vertical-align: top }
li.step { margin: .75rem 0; padding-left: .75rem; border-left: .3rem solid #a9aeb1 }
li.step.held { border-color: #00a91c } li.step.failed { border-color: #b50909 }
.state { font-weight: 600 } .count { color: #565c65 }
"""


def page(report: Report) -> str:
    """The whole page."""
    verdict = "good" if report.good else "bad"
    facts = "".join(
        f"<tr><th scope='row'>{escape(name)}</th><td>{_text(value)}</td></tr>"
        for name, value in report.facts.items()
    )
    steps = "".join(_step(report, step) for step in Step)
    return (
        "<!doctype html>\n<html lang='en'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width'>"
        "<meta http-equiv='Content-Security-Policy'"
        " content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>Ledger verification</title><style>{_STYLE}</style></head><body><main>"
        f"<h1>Ledger verification</h1><p class='result {verdict}'>{escape(report.result)}</p>"
        f"<h2>What was looked at</h2><table>{facts}</table>"
        f"<h2>What was checked</h2><ol>{steps}</ol>"
        f"<h2>What this does not say</h2><p>{escape(CLOSING)}</p></main></body></html>\n"
    )


def _step(report: Report, step: Step) -> str:
    state = report.state(step)
    number = report.checked.get(step, 0)
    count = f"{number:,} checked" if number else "none shown"
    found = [f"<li>{_text(str(each))}</li>" for each in report.findings if each.step is step]
    if left_out := report.left_out.get(step):
        found.append(f"<li>and {left_out:,} more</li>")
    problems = f"<ul>{''.join(found)}</ul>" if found else ""
    return (
        f"<li class='step {state.lower().replace(' ', '-')}'><span class='state'>{state}</span> "
        f"{escape(step.value)} <span class='count'>({count})</span>{problems}</li>"
    )


def _text(value: object) -> str:
    return escape(printable(str(value)))
