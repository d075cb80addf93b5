import { Html } from "./html.ts";

/**
 * The one style sheet. Colours are variables, so that dark mode and print change them in one place. Every colour of a
 * verdict has its word beside it. Contrast of text is 4.5:1 and more on both grounds, of marks 3:1.
 */
export const STYLE: Html = new Html(`
:root{color-scheme:light dark;--ground:#fbfaf7;--card:#fff;--ink:#1d2126;--soft:#59616b;--line:#dfdcd3;--track:#efece4;
--forward:#2f7d63;--redact:#3a6ea8;--hold:#a87400;--refuse:#b23a2e;--mark:#3f5873;--good:#216a50;--bad:#a3281d;--warn:#825800}
@media (prefers-color-scheme:dark){:root{--ground:#15181c;--card:#1c2025;--ink:#e8e6e0;--soft:#a3abb5;--line:#343a42;
--track:#282d34;--forward:#58b394;--redact:#74a9e0;--hold:#d9a441;--refuse:#e87667;--mark:#8fa9c6;--good:#6cc7a7;--bad:#f08d7f;
--warn:#e2b25c}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;
font-variant-numeric:tabular-nums}
main,header,footer{max-width:62rem;margin:0 auto;padding:0 1.25rem}
header{padding-top:2.75rem}
h1,h2{font-family:Charter,"Bitstream Charter","Iowan Old Style",Georgia,serif;font-weight:600;line-height:1.2;margin:0}
h1{font-size:2.1rem;letter-spacing:-.01em}
h2{font-size:1.35rem;margin:3rem 0 .35rem}
h3{font-size:1rem;font-weight:600;margin:1.75rem 0 .35rem}
p{margin:.35rem 0 .75rem;max-width:44rem}
a{color:inherit}
.kicker{margin:0 0 .5rem;color:var(--soft);font-size:.8rem;letter-spacing:.09em;text-transform:uppercase}
.soft,figcaption,caption{color:var(--soft)}
.small{font-size:.875rem}
.seal{margin:1.75rem 0 0;padding:1.1rem 1.25rem;background:var(--card);border:1px solid var(--line);border-left:4px solid var(--good);
border-radius:6px}
.seal.bad{border-left-color:var(--bad)}.seal.open{border-left-color:var(--warn)}
.seal h2{margin:0 0 .25rem;font-size:1.25rem}
.seal p:last-child{margin-bottom:0}
.status{font:600 .8rem/1 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;color:var(--good)}
.bad .status{color:var(--bad)}.open .status{color:var(--warn)}
.tiles{display:grid;grid-template-columns:repeat(6,1fr);gap:1px;margin:1.25rem 0 0;padding:0;background:var(--line);
border:1px solid var(--line);border-radius:6px;overflow:hidden}
.tiles div{background:var(--card);padding:.85rem 1rem}
.tiles dt{color:var(--soft);font-size:.8rem}
.tiles dd{margin:0;font-size:1.55rem;line-height:1.25;font-weight:600;letter-spacing:-.01em}
.tiles dd small{display:block;font-size:.8rem;font-weight:400;color:var(--soft);letter-spacing:0}
.facts{display:grid;grid-template-columns:max-content 1fr;gap:.3rem 1.25rem;margin:.75rem 0}
.facts dt{color:var(--soft)}
.facts dd{margin:0;overflow-wrap:anywhere}
.facts .name,.hex{font:.875em/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;overflow-wrap:anywhere}
figure{margin:1rem 0 0}
figcaption{font-size:.875rem;margin:.5rem 0 0;max-width:44rem}
svg{display:block}
.chart{background:var(--card);border:1px solid var(--line);border-radius:6px;padding:1rem 1.1rem}
.plot{display:grid;grid-template-columns:auto 1fr;gap:0 .6rem}
.plot .y{display:flex;flex-direction:column;justify-content:space-between;text-align:right;font-size:.75rem;color:var(--soft);line-height:1}
.plot svg{width:100%;height:11rem}
.x{position:relative;height:1.1rem;font-size:.75rem;color:var(--soft);margin-top:.35rem}.plot .x{grid-column:2}
.x span{position:absolute;transform:translateX(-50%);white-space:nowrap}
.grid{stroke:var(--line);stroke-width:1;vector-effect:non-scaling-stroke}
.forward{fill:var(--forward)}.redact{fill:var(--redact)}.hold{fill:var(--hold)}.refuse{fill:var(--refuse)}.mark{fill:var(--mark)}
.allow{fill:var(--forward)}.ask{fill:var(--hold)}.deny{fill:var(--refuse)}
.track{fill:var(--track)}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;margin:.75rem 0 0;padding:0;font-size:.875rem}
.legend svg,.swatch{display:inline-block;width:.7rem;height:.7rem;margin-right:.4rem;vertical-align:-.04rem}
.stack>svg{width:100%;height:1.4rem;border-radius:3px}
.bars{display:grid;grid-template-columns:minmax(6rem,max-content) 1fr max-content;gap:.4rem .9rem;align-items:center;font-size:.9375rem}
.bars .label{overflow-wrap:anywhere;max-width:18rem}.bars .name{white-space:normal}
.bars svg{width:100%;height:.7rem;border-radius:2px}
.bars .count{text-align:right}
.bars .count small{color:var(--soft);margin-left:.5rem;display:inline-block;min-width:3.4rem}
.columns{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,24rem),1fr));gap:0 2rem;align-items:start}
.columns h3{margin-top:1rem}
.scroll{overflow-x:auto;-webkit-overflow-scrolling:touch;margin:.75rem 0 0;border:1px solid var(--line);border-radius:6px;background:var(--card)}
.scroll:focus-visible{outline:2px solid var(--mark);outline-offset:2px}
table{border-collapse:collapse;width:100%;font-size:.9rem}
caption{text-align:left;padding:.6rem .9rem;font-size:.875rem;border-bottom:1px solid var(--line)}
th,td{padding:.42rem .75rem;text-align:left;vertical-align:top;border-bottom:1px solid var(--line)}
tbody tr:last-child>*{border-bottom:0}
thead th{font-weight:600;font-size:.8rem;color:var(--soft);white-space:nowrap}
tbody th{font-weight:500}
.n{text-align:right;white-space:nowrap}
.t{white-space:nowrap}
.name{white-space:nowrap}.name.long,.facts .name{white-space:normal;overflow-wrap:anywhere}td .long,th .long{display:inline-block;min-width:12rem;max-width:20rem}
td svg{display:inline-block;vertical-align:middle}
td .word{white-space:nowrap}
.more{margin:.4rem 0 0;font-size:.875rem;color:var(--soft)}
.none{color:var(--soft);margin:.75rem 0 0}
.sessions{display:grid;grid-template-columns:minmax(8rem,max-content) 1fr max-content;gap:.28rem .9rem;align-items:center;font-size:.85rem}
.sessions svg{width:100%;height:.95rem}
.sessions .label{overflow-wrap:anywhere;max-width:17rem}.sessions .name{white-space:normal}
.sessions .count{text-align:right;color:var(--soft)}
.sessions .x{grid-column:2}
.latency svg{height:1rem}
details{margin:.75rem 0 0}
summary{cursor:pointer;color:var(--soft);font-size:.875rem}
footer{margin-top:3.5rem;padding-bottom:3rem;color:var(--soft);font-size:.875rem}
footer hr{border:0;border-top:1px solid var(--line);margin:0 0 1rem}
@media (max-width:56rem){.tiles{grid-template-columns:repeat(3,1fr)}}
@media (max-width:36rem){header{padding-top:1.75rem}h1{font-size:1.7rem}.tiles{grid-template-columns:1fr 1fr}.facts{grid-template-columns:1fr;gap:0}
.facts dd{margin-bottom:.5rem}.bars,.sessions{grid-template-columns:1fr max-content;gap:.15rem .75rem;grid-auto-flow:row dense}.bars svg,.sessions svg{grid-row:auto;grid-column:1/-1;margin-bottom:.45rem}
.bars .label,.sessions .label{grid-column:1;max-width:none}.bars .count,.sessions .count{grid-column:2}.bars .bar,.sessions .bar{grid-column:1/-1;order:0}
.sessions .x{grid-column:1/-1}.chart{padding:.85rem}.plot svg{height:9rem}th,td{padding:.42rem .65rem}}
@media print{:root{color-scheme:light;--ground:#fff;--card:#fff;--ink:#000;--soft:#444;--line:#bbb;--track:#eee;--forward:#2f7d63;--redact:#3a6ea8;
--hold:#a87400;--refuse:#b23a2e;--mark:#3f5873;--good:#216a50;--bad:#a3281d;--warn:#825800}
body{font-size:10.5pt;print-color-adjust:exact;-webkit-print-color-adjust:exact}@page{margin:16mm 14mm}
main,header,footer{max-width:none;padding-left:0;padding-right:0}header{padding-top:0}h2{margin-top:1.6rem;break-after:avoid}h3,caption{break-after:avoid}
figure,.tiles,.seal,tr{break-inside:avoid}.scroll{overflow:visible}figure:has(.sessions){break-inside:auto}.tiles{grid-template-columns:repeat(6,1fr)}.tiles div{padding:.6rem .7rem}.tiles dd{font-size:1.3rem}
.columns{grid-template-columns:1fr 1fr;gap:0 1.2rem}.bars{font-size:9pt}details{display:none}table{font-size:9pt}th,td{padding:.3rem .5rem}}
`);
