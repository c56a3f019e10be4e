export const stylesheet = `
:root { color-scheme:light dark; --ink:#16232b; --soft:#526470; --line:#d9e1e5; --page:#f4f7f8; --card:#fff; --tint:#e2f1f0; --accent:#0b6b68; --accent-ink:#fff; --warn:#8a4a06; --warn-back:#fdf0dd; --bad:#9c1f1f; --bad-back:#fcebea; --focus:#1b5fd9 }
@media (prefers-color-scheme: dark) { :root { --ink:#e8eff1; --soft:#a3b5bd; --line:#2f3d45; --page:#10171b; --card:#182126; --tint:#15302f; --accent:#79d3cd; --accent-ink:#032321; --warn:#f4c487; --warn-back:#33260f; --bad:#ffb4ae; --bad-back:#3a1b1b; --focus:#8db8ff } }
* { box-sizing:border-box } html { -webkit-text-size-adjust:100% }
body { margin:0; min-height:100vh; display:flex; flex-direction:column; background:var(--page); color:var(--ink); font:1rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif }
header, main, footer { width:100%; max-width:64rem; margin-inline:auto; padding-inline:clamp(1rem,4vw,2rem) }
header { display:flex; align-items:center; justify-content:space-between; gap:1rem; padding-block:1rem; min-height:4.75rem }
main { flex:1; padding-bottom:3rem } footer { color:var(--soft); font-size:.875rem; padding-block:1.25rem 2rem; border-top:1px solid var(--line) }
.brand { display:flex; align-items:center; gap:.65rem; color:var(--accent); font-weight:680; font-size:1.15rem; letter-spacing:-.01em; text-decoration:none; min-height:2.75rem }
h1 { margin:0; font-size:clamp(1.75rem,5vw,2.4rem); line-height:1.15; letter-spacing:-.025em; text-wrap:balance; overflow-wrap:anywhere } h1:focus { outline:none }
h2 { margin:0; font-size:1.2rem; letter-spacing:-.01em } h3 { margin:0; font-size:1rem; overflow-wrap:anywhere } p { margin:.35rem 0 0 }
a { color:var(--accent); text-underline-offset:.2em } :focus-visible { outline:3px solid var(--focus); outline-offset:2px; border-radius:.5rem }
.soft { color:var(--soft) } .lead { color:var(--soft); font-size:1.125rem; max-width:34rem; margin-top:.9rem }
.button, .secondary { display:inline-flex; align-items:center; justify-content:center; gap:.4rem; min-height:2.75rem; padding:.5rem 1.1rem; border-radius:.75rem; font:inherit; font-weight:600; text-decoration:none; cursor:pointer }
.button { background:var(--accent); color:var(--accent-ink); border:1px solid var(--accent) } .button:hover { filter:brightness(1.1) } .big { margin-top:1.6rem; min-height:3.25rem; padding-inline:1.6rem; font-size:1.05rem }
.secondary { background:var(--card); color:var(--ink); border:1px solid var(--soft) } .secondary:hover { background:var(--tint) } .secondary:disabled { opacity:.6; cursor:progress }
.hero { display:grid; grid-template-columns:1.15fr .85fr; gap:2.5rem; align-items:center; padding-block:clamp(1.5rem,6vw,4rem) } .picture svg { width:100%; height:auto; display:block }
.p-card { fill:var(--card); stroke:var(--line); stroke-width:2 } .p-soft { fill:var(--line) } .p-line { stroke:var(--line); stroke-width:6; stroke-linecap:round } .p-zone { stroke:var(--accent); opacity:.45; stroke-width:6; stroke-linecap:round } .p-dot { fill:var(--accent); stroke:var(--card); stroke-width:3 }
.promises { list-style:none; margin:0; padding:0; display:grid; grid-template-columns:repeat(3,1fr); gap:1rem } .promises li { background:var(--card); border:1px solid var(--line); border-radius:1rem; padding:1.15rem 1.25rem } .promises h2 { font-size:1.05rem } .promises p { color:var(--soft) }
.waiting { display:flex; align-items:center; justify-content:center; gap:.8rem; padding-block:25vh; color:var(--soft) } .spinner { width:1.4rem; height:1.4rem; border:3px solid var(--line); border-top-color:var(--accent); border-radius:50%; animation:turn 1s linear infinite } @keyframes turn { to { transform:rotate(1turn) } }
.who { padding-block:1rem .5rem } .eyebrow { margin:0 0 .3rem; color:var(--accent); font-weight:600; font-size:.925rem }
.block { margin-top:2.25rem } .block-head { display:flex; flex-wrap:wrap; align-items:center; justify-content:space-between; gap:.6rem 1rem; margin-bottom:.8rem }
.toolbar { display:flex; flex-wrap:wrap; align-items:center; gap:.6rem } .said { margin:0; font-size:.9rem }
.card, .empty, .problem { background:var(--card); border:1px solid var(--line); border-radius:1rem; padding:1.1rem 1.25rem } .empty { color:var(--soft); margin:0 } .centered { max-width:32rem; margin:10vh auto 0; text-align:center; padding:2rem 1.5rem } .centered .button { margin-top:1.25rem }
.problem { background:var(--bad-back); border-color:transparent; border-inline-start:4px solid var(--bad); max-width:44rem } .problem h1, .problem h2, .problem h3 { color:var(--bad) } .problem h1 { font-size:1.35rem } .calm { background:var(--tint); border-inline-start-color:var(--accent) } .calm h1, .calm h2, .calm h3 { color:inherit } .problem .button, .problem .secondary { margin-top:1rem } .problem .code { font-size:.875rem; color:var(--soft) } #content > .problem { margin-top:1.5rem }
.results { width:100%; border-collapse:separate; border-spacing:0; background:var(--card); border:1px solid var(--line); border-radius:1rem; overflow:hidden }
.results th, .results td { text-align:start; padding:.7rem 1.1rem; vertical-align:top } .results thead th { white-space:nowrap; color:var(--soft); font-size:.85rem; font-weight:600; border-bottom:1px solid var(--line) } .results tbody tr + tr > * { border-top:1px solid var(--line) } .results tbody th { font-weight:600; overflow-wrap:anywhere; width:34% }
.results bdi { overflow-wrap:anywhere } .value { font-weight:650; font-variant-numeric:tabular-nums } .unit { font-weight:400; color:var(--soft) } .flag { display:inline-block; margin-inline-start:.5rem; padding:.05rem .55rem; border-radius:1rem; background:var(--warn-back); color:var(--warn); font-size:.85rem; font-weight:600; white-space:nowrap } .status { color:var(--soft) } time { white-space:nowrap }
.plain { list-style:none; margin:0; padding:0; display:grid; gap:.75rem } .conclusion { white-space:pre-wrap; overflow-wrap:anywhere } .card .secondary { margin-top:.8rem }
.parts { display:grid; grid-template-columns:repeat(auto-fill,minmax(17rem,1fr)); gap:.75rem } .parts .plain { gap:.3rem; margin-top:.5rem } .parts li { overflow-wrap:anywhere } .parts .soft { font-size:.9rem }
.chips { list-style:none; margin:0 0 .8rem; padding:0; display:flex; flex-wrap:wrap; gap:.5rem } .chips li { background:var(--tint); color:var(--ink); border-radius:1rem; padding:.25rem .8rem; font-size:.925rem; overflow-wrap:anywhere }
@media (max-width:46rem) {
  .hero { grid-template-columns:1fr; gap:1.5rem } .picture { max-width:22rem } .promises { grid-template-columns:1fr } .hero .button { width:100% }
  .results, .results tbody, .results tr, .results th, .results td { display:block } .results thead { position:absolute; width:1px; height:1px; overflow:hidden; clip-path:inset(50%) }
  .results { background:none; border:0; border-radius:0 } .results tbody { display:grid; gap:.75rem } .results tbody tr { background:var(--card); border:1px solid var(--line); border-radius:1rem; padding:.9rem 1.1rem } .results tbody tr + tr > * { border-top:0 } .results tbody th { width:auto; padding:0 0 .4rem }
  .results td { display:flex; gap:1rem; justify-content:space-between; padding:.15rem 0 } .results td::before { content:attr(data-label); color:var(--soft); font-size:.9rem; flex:none } .results td > div { text-align:end; min-width:0 }
  .toolbar { width:100% } .said { width:100% } .toolbar .secondary { flex:1 }
}
@media (prefers-reduced-motion: reduce) { .spinner { animation-duration:4s } }
`
