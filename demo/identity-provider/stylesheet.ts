/** One stylesheet for the three issuers; the body's class carries the brand's colours. */
export const stylesheet = `
:root { color-scheme: light dark; --ink:#1d2330; --soft:#566074; --line:#dde1e9; --page:#f5f6f9; --card:#fff; --hover:#f3f5fa; --focus:#1b5fd9; --bad:#a3201d; --bad-back:#fdeeed }
.sunrise { --accent:#9c4221; --accent-ink:#fff; --tint:#fdf1e7 }
.northwind { --accent:#0d6472; --accent-ink:#fff; --tint:#e6f4f5 }
.harbor-staff { --accent:#2f4a9e; --accent-ink:#fff; --tint:#eaeefb }
@media (prefers-color-scheme: dark) {
  :root { --ink:#eceff5; --soft:#a9b3c5; --line:#353d4b; --page:#13171e; --card:#1c222c; --hover:#252d3a; --focus:#8db8ff; --bad:#ffb3ad; --bad-back:#3a1d1d }
  .sunrise { --accent:#f5ac7d; --accent-ink:#2a1206; --tint:#2e2119 }
  .northwind { --accent:#7fd1dc; --accent-ink:#04262b; --tint:#16292d }
  .harbor-staff { --accent:#a9bcff; --accent-ink:#0d1942; --tint:#1d2440 }
}
* { box-sizing: border-box }
html { -webkit-text-size-adjust: 100% }
body { margin:0; min-height:100vh; display:flex; flex-direction:column; align-items:center; gap:1.25rem; padding:clamp(1rem,5vw,3rem) 1rem 2rem; background:linear-gradient(var(--tint),var(--page) 22rem) var(--page); color:var(--ink); font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif }
header { display:flex; align-items:center; gap:.65rem; color:var(--accent) }
.mark { display:grid } .brand { font-size:1.15rem; font-weight:650; letter-spacing:-.01em }
main { width:100%; max-width:33rem; background:var(--card); border:1px solid var(--line); border-radius:1.25rem; padding:clamp(1.25rem,5vw,2.25rem); box-shadow:0 1px 2px #0000000a,0 12px 32px #0000000f }
footer { color:var(--soft); font-size:.85rem; text-align:center; max-width:33rem; padding-inline:1rem }
h1 { margin:0; font-size:1.6rem; line-height:1.2; letter-spacing:-.02em; text-wrap:balance; overflow-wrap:anywhere }
p { margin:.5rem 0 0 } .lead { color:var(--soft); overflow-wrap:anywhere } .lead strong { color:var(--ink) }
.hint { color:var(--soft); font-size:.9rem; margin:.15rem 0 .6rem }
.step { margin:0 0 .35rem; color:var(--accent); font-weight:600; font-size:.9rem }
a { color:var(--accent); text-underline-offset:.2em }
button { font:inherit; color:inherit; cursor:pointer; min-height:2.75rem; border-radius:.75rem }
:focus-visible { outline:3px solid var(--focus); outline-offset:2px }
.people { list-style:none; margin:1.25rem 0 0; padding:0; border-top:1px solid var(--line) }
.people li { border-bottom:1px solid var(--line) }
.person { display:flex; align-items:center; gap:.9rem; width:100%; padding:.8rem .5rem; background:none; border:0; text-align:start }
.person:hover { background:var(--hover) }
.avatar { flex:none; display:grid; place-items:center; width:2.5rem; height:2.5rem; border-radius:50%; background:var(--tint); color:var(--accent); font-weight:650; font-size:.9rem }
.who { flex:1; min-width:0; display:grid; gap:.1rem } .name { justify-self:start; font-weight:600; overflow-wrap:anywhere; unicode-bidi:isolate }
.note { color:var(--soft); font-size:.875rem; line-height:1.4 } .arrow { flex:none; color:var(--soft); display:grid }
.other { margin-top:1.5rem } .other label { font-weight:600 }
.field { display:flex; gap:.6rem } .field input { flex:1; min-width:0; font:inherit; min-height:2.75rem; padding:.5rem .8rem; color:var(--ink); background:var(--card); border:1px solid var(--soft); border-radius:.75rem }
.field input[aria-invalid] { border-color:var(--bad) }
.primary { background:var(--accent); color:var(--accent-ink); border:0; padding:.7rem 1.2rem; font-weight:600 } .primary:hover { filter:brightness(1.08) }
.secondary { background:none; border:1px solid var(--soft); padding:.6rem 1.1rem; font-weight:600 } .secondary:hover { background:var(--hover) }
.wide { width:100%; margin-top:1.25rem; overflow-wrap:anywhere }
.link { background:none; border:0; padding:.4rem .2rem; color:var(--accent); text-decoration:underline; text-underline-offset:.2em }
.quiet { margin-top:1.1rem; text-align:center }
.notice { margin-top:1rem; padding:.75rem 1rem; border-radius:.75rem; background:var(--bad-back); color:var(--bad) }
.divider { display:flex; align-items:center; gap:.8rem; margin-top:1.4rem; color:var(--soft); font-size:.9rem } .divider::before,.divider::after { content:""; flex:1; border-top:1px solid var(--line) }
.divider + * { margin-top:0 } .phone { display:grid; place-items:center; margin:1.5rem 0 .25rem; color:var(--accent) }
.pulse { animation:pulse 2s ease-in-out infinite } @keyframes pulse { 50% { opacity:.35 } }
@media (prefers-reduced-motion: reduce) { .pulse { animation:none } }
`
