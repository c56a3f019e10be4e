export const stylesheet = `
:root { color-scheme: light dark; --ink:#1e2530; --soft:#586276; --line:#dfe3ea; --page:#f5f6f9; --card:#fff; --hover:#f4f6fb; --accent:#3d4fb0; --focus:#1b5fd9 }
@media (prefers-color-scheme: dark) { :root { --ink:#eceff5; --soft:#a9b3c5; --line:#343c4a; --page:#13171e; --card:#1c222c; --hover:#252d3a; --accent:#aebcff; --focus:#8db8ff } }
* { box-sizing:border-box } html { -webkit-text-size-adjust:100% }
body { margin:0; background:var(--page); color:var(--ink); font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif }
header, main, footer { max-width:46rem; margin-inline:auto; padding-inline:1rem }
header { display:flex; align-items:baseline; justify-content:space-between; gap:1rem; padding-block:clamp(1.25rem,4vw,2.5rem) 1rem }
h1 { margin:0; font-size:1.35rem; letter-spacing:-.01em } h1 a { display:flex; align-items:center; gap:.6rem; color:var(--accent); text-decoration:none }
header p { margin:0; color:var(--soft); font-size:.9rem }
h2 { margin:0; font-size:1.35rem; line-height:1.25; letter-spacing:-.015em; overflow-wrap:anywhere }
a { color:var(--accent); text-underline-offset:.2em } :focus-visible { outline:3px solid var(--focus); outline-offset:2px; border-radius:.4rem }
.messages { list-style:none; margin:0; padding:0; background:var(--card); border:1px solid var(--line); border-radius:1rem; overflow:hidden }
.messages li + li { border-top:1px solid var(--line) }
.messages a { display:grid; gap:.1rem; padding:.95rem 1.15rem; color:inherit; text-decoration:none } .messages a:hover { background:var(--hover) }
.messages a:focus-visible { outline-offset:-3px }
.top { display:flex; flex-wrap:wrap; justify-content:space-between; gap:.1rem .75rem; color:var(--soft); font-size:.875rem } .to { min-width:0; overflow-wrap:anywhere }
time { white-space:nowrap; font-variant-numeric:tabular-nums } .subject { font-weight:600; overflow-wrap:anywhere } .preview { color:var(--soft); font-size:.925rem; overflow:hidden; text-overflow:ellipsis; white-space:nowrap }
.empty { display:grid; justify-items:center; gap:.5rem; text-align:center; padding:clamp(2.5rem,10vw,5rem) 1.5rem; background:var(--card); border:1px solid var(--line); border-radius:1rem; color:var(--soft) }
.empty svg { width:2.75rem; height:2.75rem; color:var(--accent) } .empty h2 { color:var(--ink) } .empty p { margin:0; max-width:24rem }
article { background:var(--card); border:1px solid var(--line); border-radius:1rem; padding:clamp(1.15rem,4vw,2rem) } .back { margin:0 0 .75rem }
dl { margin:1rem 0; padding-bottom:1rem; border-bottom:1px solid var(--line); display:grid; gap:.25rem; font-size:.925rem } dl div { display:flex; gap:.75rem } dt { flex:none; width:4.75rem; color:var(--soft) } dd { margin:0; min-width:0; overflow-wrap:anywhere }
.body { white-space:pre-wrap; overflow-wrap:anywhere } footer { color:var(--soft); font-size:.85rem; text-align:center; padding-block:1.5rem 2.5rem }
`
