/** A report's looks: two A4 pages in print, and the same pages on a screen. Light only, since it is paper. */
export const REPORT_STYLE = `
@page { size: A4; margin: 12mm 14mm; }
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0; background: #e9ecee; color: #1b1f22; font: 8.6pt/1.38 "Inter", "Helvetica Neue", Arial, "Liberation Sans", sans-serif; font-variant-numeric: tabular-nums; }
.page { width: 210mm; min-height: 297mm; margin: 6mm auto; padding: 12mm 14mm; background: #fff; box-shadow: 0 1px 6px #0003; }
header { border-bottom: 0.5mm solid #d53e00; padding-bottom: 2mm; margin-bottom: 3.5mm; }
h1 { margin: 0; font-size: 19pt; line-height: 1.15; letter-spacing: -0.01em; overflow-wrap: anywhere; }
header p { margin: 1mm 0 0; color: #59626a; }
h2 { margin: 3.2mm 0 1mm; font-size: 10.5pt; line-height: 1.2; break-after: avoid; }
.page > h2:first-child { margin-top: 0; }
p { margin: 0 0 1.2mm; }
table + .small, .columns + .small { margin-top: 1mm; }
.small, .dim, .remark, figcaption { color: #59626a; font-size: 7.6pt; }
.key { display: grid; grid-template-columns: 0.7fr 0.9fr 0.9fr 1.25fr 1.25fr; gap: 2mm; margin: 0 0 3.5mm; }
.key div { border-left: 0.5mm solid #d6dade; padding-left: 2mm; }
.key dt { color: #59626a; font-size: 7.6pt; }
.key dd { margin: 0; font-size: 11.5pt; font-weight: 650; line-height: 1.25; }
.key dd.remark { font-size: 7pt; font-weight: 400; }
figure { margin: 0; break-inside: avoid; }
svg { display: block; width: 100%; height: auto; }
svg text { font-size: 2.5px; fill: #59626a; }
.map .neat { fill: none; stroke: #1b1f22; stroke-width: 0.25; }
.bar { fill: none; stroke: #1b1f22; stroke-width: 0.35; }
.north, svg text.on-map { fill: #1b1f22; stroke: #fff; stroke-width: 0.6; paint-order: stroke; }
.column { fill: #e8794b; }
.swatch { display: inline-block; width: 3mm; height: 3mm; vertical-align: -0.5mm; background: #f0a588; border: 0.35mm solid #d53e00; }
table { width: 100%; border-collapse: collapse; break-inside: avoid; }
th, td { padding: 0.5mm 2mm 0.5mm 0; text-align: left; vertical-align: top; border-bottom: 0.2mm solid #d6dade; overflow-wrap: anywhere; }
th { color: #59626a; font-size: 7.6pt; font-weight: 500; }
.figures td:last-child { text-align: right; white-space: nowrap; font-weight: 600; padding-right: 0; }
.figures th:last-child { text-align: right; padding-right: 0; }
.matrix td:not(:first-child), .matrix th:not(:first-child) { text-align: right; }
th:last-child, .matrix th { white-space: nowrap; }
.sources td { font-size: 7.8pt; white-space: nowrap; }
.sources td:first-child { white-space: normal; }
.networks td:nth-child(n + 3) { white-space: nowrap; }
.networks code { font-size: 6.3pt; }
.files td:nth-child(n + 3) { white-space: nowrap; }
.files td:first-child { width: 32%; }
.columns { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1.08fr); gap: 6mm; align-items: start; margin-bottom: 1.2mm; }
.missing { border-left: 0.8mm solid #d53e00; padding: 1mm 0 1mm 2.5mm; }
ul { margin: 0; padding-left: 4mm; }
li { margin: 0 0 0.5mm; }
code { font: 7.4pt/1.3 ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace; overflow-wrap: anywhere; }
@media print {
  body { background: none; }
  .page { width: auto; min-height: 0; margin: 0; padding: 0; box-shadow: none; }
  .page + .page { break-before: page; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`
