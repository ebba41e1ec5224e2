import { ENSEMBLE } from '../../core/rounds/ensemble'
import type { AblationLine } from './ablationResults'

const WIDTH = 1000
const LEFT = 410
const RIGHT = 800
const STEP = 22
const TOP = 56

/** The table as a picture: a dot per seed, a bar at the mean, the paper's figure beside it as text. */
export function ablationPlot(sections: readonly { title: string; lines: readonly AblationLine[] }[]): string {
  const parts: string[] = []
  let y = 0
  for (const section of sections) {
    parts.push(...panel(section, y))
    y += TOP + section.lines.length * STEP + 48
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" width="${WIDTH}" height="${y}" font-family="system-ui, sans-serif" font-size="12" fill="#222">`,
    '<title>F1 of the landslide class for every row of the ablation, a dot for each seed and a bar for their mean</title>',
    `<rect width="${WIDTH}" height="${y}" fill="#fff"/>`,
    ...parts,
    '</svg>',
    '',
  ].join('\n')
}

function panel({ title, lines }: { title: string; lines: readonly AblationLine[] }, top: number): string[] {
  const values = lines.flatMap(({ f1 }) => (f1 ? [f1.low, f1.high] : []))
  const low = Math.floor(10 * Math.min(1, ...values)) / 10
  const high = Math.max(low + 0.1, Math.ceil(10 * Math.max(0, ...values)) / 10)
  const x = (f1: number) => LEFT + ((f1 - low) / (high - low)) * (RIGHT - LEFT)
  const begin = top + TOP
  const end = begin + lines.length * STEP
  const parts = [
    text(16, top + 24, title, 'font-weight="600"'),
    text(LEFT, top + 44, 'F1 of the landslide class on the target, %'),
    text(RIGHT + 20, top + 44, 'the paper, its own data'),
  ]
  for (let tick = Math.round(low * 10); tick <= Math.round(high * 10); tick++) {
    const at = x(tick / 10).toFixed(1)
    parts.push(`<line x1="${at}" y1="${begin}" x2="${at}" y2="${end}" stroke="#ddd"/>`)
    parts.push(text(Number(at), end + 18, String(tick * 10), 'text-anchor="middle" fill="#666"'))
  }
  let shown = ''
  for (const [i, line] of lines.entries()) {
    const middle = begin + (i + 0.5) * STEP
    if (line.row.title !== shown) {
      if (i > 0)
        parts.push(
          `<line x1="16" y1="${middle - STEP / 2}" x2="${WIDTH - 16}" y2="${middle - STEP / 2}" stroke="#eee"/>`,
        )
      parts.push(text(16, middle + 4, line.row.title))
    }
    shown = line.row.title
    const strong = line.network === ENSEMBLE
    parts.push(
      text(LEFT - 12, middle + 4, line.network, `text-anchor="end" fill="${strong ? '#222' : '#666'}"`),
    )
    for (const { f1 } of line.seeds) {
      if (f1 !== null)
        parts.push(
          `<circle cx="${x(f1).toFixed(1)}" cy="${middle}" r="3.5" fill="#1f6f8b" fill-opacity="0.5"/>`,
        )
    }
    if (line.f1) {
      const at = x(line.f1.mean).toFixed(1)
      parts.push(
        `<line x1="${at}" y1="${middle - 7}" x2="${at}" y2="${middle + 7}" stroke="${strong ? '#b03a2e' : '#0b3c49'}" stroke-width="2.5"/>`,
      )
    }
    if (line.paper) parts.push(text(RIGHT + 20, middle + 4, line.paper, 'fill="#666"'))
  }
  return parts
}

function text(x: number, y: number, content: string, attributes = ''): string {
  const escaped = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  return `<text x="${x}" y="${y}" ${attributes}>${escaped}</text>`
}
