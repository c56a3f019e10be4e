/** The look of the EHR's own pages. System fonts, light and dark, from 320 px up. */
export const stylesheet = `
:root {
  color-scheme: light dark;
  --ground: #f4f7f7; --card: #ffffff; --ink: #14262b; --soft: #51666c; --line: #d8e2e3;
  --accent: #0b6b74; --accent-ink: #ffffff; --accent-soft: #e0f0f1;
  --warn: #8a4b00; --warn-soft: #fff0dc; --bad: #a11d2b; --bad-soft: #fdeaec; --good: #17653a; --good-soft: #e4f5ea;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0e1719; --card: #162226; --ink: #e6eff0; --soft: #9fb3b8; --line: #2a3a3f;
    --accent: #5cc4cd; --accent-ink: #06282c; --accent-soft: #17363a;
    --warn: #f2b867; --warn-soft: #3a2a12; --bad: #f58c98; --bad-soft: #3d1a1f; --good: #7fd6a2; --good-soft: #15331f;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif; }
a { color: var(--accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
.skip { position: absolute; left: -999px; } .skip:focus { left: 8px; top: 8px; background: var(--card); padding: 8px 12px; z-index: 2; }
.bar { background: var(--card); border-bottom: 1px solid var(--line); }
.bar-inner { max-width: 1080px; margin: 0 auto; padding: 12px 20px; display: flex; flex-wrap: wrap; gap: 8px 24px; align-items: center; }
.brand { display: flex; gap: 10px; align-items: center; color: var(--accent); text-decoration: none; font-weight: 650; font-size: 1.05rem; }
.brand span { color: var(--ink); } .brand small { color: var(--soft); font-weight: 400; margin-left: 4px; }
nav { display: flex; gap: 4px; }
nav a { padding: 6px 12px; border-radius: 8px; text-decoration: none; color: var(--soft); }
nav a[aria-current] { background: var(--accent-soft); color: var(--ink); font-weight: 600; }
.who { margin-left: auto; display: flex; gap: 12px; align-items: center; color: var(--soft); font-size: .95rem; }
.who strong { color: var(--ink); font-weight: 600; }
main { max-width: 1080px; margin: 0 auto; padding: 28px 20px 48px; }
footer { max-width: 1080px; margin: 0 auto; padding: 0 20px 32px; color: var(--soft); font-size: .85rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 6px; letter-spacing: -.01em; }
h2, h3, h4 { margin: 0; } h3 { font-size: 1.15rem; } h4 { font-size: 1rem; }
.lead { color: var(--soft); margin: 0 0 22px; max-width: 68ch; text-wrap: pretty; }
.tabs { display: flex; flex-wrap: wrap; gap: 8px; margin: 0 0 20px; padding: 0; list-style: none; }
.tabs a { display: inline-block; padding: 7px 14px; border: 1px solid var(--line); border-radius: 999px; text-decoration: none; color: var(--ink); background: var(--card); }
.tabs a[aria-current] { background: var(--accent); border-color: var(--accent); color: var(--accent-ink); font-weight: 600; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 14px; margin: 0 0 18px; overflow: hidden; }
.card > header { padding: 16px 20px; border-bottom: 1px solid var(--line); display: flex; flex-wrap: wrap; gap: 2px 16px; align-items: baseline; }
.card > header p { margin: 0; color: var(--soft); font-size: .92rem; }
.order { padding: 16px 20px; } .order + .order, details .order { border-top: 1px solid var(--line); }
.order-head { display: flex; flex-wrap: wrap; gap: 0 14px; align-items: baseline; margin-bottom: 8px; }
.order-head p { margin: 0; color: var(--soft); font-size: .9rem; }
.results { list-style: none; margin: 0 0 12px; padding: 0; }
.results li { display: grid; grid-template-columns: minmax(0, 1.5fr) minmax(0, 1fr) minmax(0, .8fr) minmax(0, .8fr); gap: 2px 16px; padding: 7px 0; border-top: 1px dashed var(--line); align-items: center; }
.results li:first-child { border-top: 0; }
.results label { display: flex; gap: 10px; align-items: center; min-height: 24px; cursor: pointer; overflow-wrap: anywhere; }
.results input { width: 18px; height: 18px; accent-color: var(--accent); flex: none; }
.value { font-variant-numeric: tabular-nums; font-weight: 600; overflow-wrap: anywhere; } .range { color: var(--soft); font-size: .88rem; }
.chips { display: flex; gap: 6px; flex-wrap: wrap; justify-content: flex-end; }
.chip { font-size: .78rem; padding: 2px 9px; border-radius: 999px; background: var(--accent-soft); white-space: nowrap; }
.chip.high, .chip.low { background: var(--warn-soft); color: var(--warn); } .chip.held { background: var(--bad-soft); color: var(--bad); }
.chip.ok { background: var(--good-soft); color: var(--good); }
.acts { display: flex; flex-wrap: wrap; gap: 10px; align-items: center; } .acts p { margin: 0; color: var(--soft); font-size: .88rem; }
button { font: inherit; min-height: 40px; padding: 8px 18px; border-radius: 10px; border: 1px solid var(--line); background: var(--card); color: var(--ink); cursor: pointer; }
button:hover { border-color: var(--accent); }
a.button { display: inline-block; min-height: 44px; padding: 10px 22px; border-radius: 10px; text-decoration: none; font-weight: 600; }
button.main, a.button.main { background: var(--accent); border-color: var(--accent); color: var(--accent-ink); font-weight: 600; }
button.link { border: 0; min-height: 24px; padding: 0; background: none; color: var(--accent); text-decoration: underline; }
.notice { padding: 12px 16px; border-radius: 12px; margin: 0 0 18px; background: var(--good-soft); color: var(--good); font-weight: 600; }
.notice.problem { background: var(--bad-soft); color: var(--bad); }
.choices { display: grid; grid-template-columns: repeat(auto-fit, minmax(230px, 1fr)); gap: 14px; }
.choices button { width: 100%; text-align: left; padding: 18px; border-radius: 14px; height: 100%; }
.choices b { display: block; } .choices span { color: var(--soft); font-size: .92rem; }
.group { margin: 26px 0 12px; font-size: 1rem; color: var(--soft); font-weight: 600; }
.empty { padding: 44px 20px; text-align: center; color: var(--soft); }
.empty strong { display: block; color: var(--ink); font-size: 1.1rem; }
summary { padding: 14px 20px; cursor: pointer; color: var(--accent); border-top: 1px solid var(--line); }
.table { overflow-x: auto; border: 1px solid var(--line); border-radius: 14px; background: var(--card); }
table { border-collapse: collapse; width: 100%; font-size: .88rem; }
th, td { text-align: left; padding: 9px 14px; border-top: 1px solid var(--line); vertical-align: top; }
table { min-width: 940px; } thead th { border-top: 0; color: var(--soft); font-weight: 600; white-space: nowrap; }
td.mono { overflow-wrap: anywhere; font-family: ui-monospace, "Liberation Mono", monospace; font-size: .82rem; }
.chart h2 { font-size: 1.15rem; } form.who button { align-self: center; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
p.code { font: 600 1.6rem/1.3 ui-monospace, "Liberation Mono", monospace; letter-spacing: .04em; background: var(--card); border: 1px solid var(--line); border-radius: 14px; padding: 18px 20px; overflow-wrap: anywhere; }
@media (max-width: 700px) {
  .results li { grid-template-columns: minmax(0, 1.6fr) minmax(0, 1fr); } .value { text-align: right; } .range { grid-column: 1; } .chips { grid-column: 2; }
  .who { margin-left: 0; width: 100%; }
  .acts button { flex: 1; }
  table { min-width: 0; } thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  tr { display: block; padding: 10px 14px; border-top: 1px solid var(--line); } tbody tr:first-child { border-top: 0; }
  td { display: grid; grid-template-columns: 92px minmax(0, 1fr); gap: 8px; border: 0; padding: 2px 0; } td::before { content: attr(data-label); color: var(--soft); font-family: system-ui, sans-serif; font-size: .82rem; }
}
@media (prefers-reduced-motion: no-preference) { button { transition: border-color .15s, background .15s; } }
`
