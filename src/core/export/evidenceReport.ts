import { plural } from '../foundation/text'
import type { InventoryRaster, InventorySource, MaskOrigin } from '../inventory/inventory'
import { pixelSizeOf } from '../raster/pixelSize'
import type { AuditFigure, AuditStratum } from '../review/pointAudit'
import { MASK_STATES, type MaskState, maskStateText } from '../review/provenance'
import {
  type AnalysedPixels,
  type EvidenceAudit,
  type EvidenceFacts,
  errorMatrix,
  type InventoryTotals,
} from './evidence'
import { shareText } from './mosaicTags'
import { figure, escapeHtml as html, sizeHistogram, sizeText } from './reportFigures'
import { REPORT_STYLE } from './reportStyle'
import { table, tableOf } from './reportTable'
import { areaInterval, areaText, bytesText, dateText, listed, shareInterval } from './reportTexts'

export interface ReportRequest {
  facts: EvidenceFacts
  rasters: readonly Pick<
    InventoryRaster,
    'name' | 'width' | 'height' | 'georeference' | 'area' | 'sources' | 'elevationSource' | 'origins'
  >[]
  totals: InventoryTotals
  pixels: AnalysedPixels
  /** SVG of `mapFigure`, and what lies below the landslides on it. */
  map: { svg: string; ground: 'image' | 'relief' | 'plain'; shown: number }
  files: readonly { path: string; title: string; bytes: number; sha256: string }[]
}

const MOST_ROUNDS = 4

/**
 * An inventory and what is known of it on two printed pages (A4): what was found, where, how, how right it is, and what it
 * does not say. One file without scripts, and without anything that is fetched; well-formed XML, too. The same request gives
 * the same text.
 */
export function evidenceReport(request: ReportRequest): string {
  const { facts } = request
  const title = html(facts.title)
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8"/>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<meta name="generator" content="Scarp ${html(facts.version)}"/>
<title>${title}: landslide inventory</title>
<style>${REPORT_STYLE}</style>
</head>
<body>
<section class="page">
${[header(facts), keyFigures(request), mapSection(request), method(request), sources(request)].join('\n')}
</section>
<section class="page">
${[accuracySection(request), sizes(request), networks(facts), rounds(facts), review(request), limits(request), files(request)].join('\n')}
</section>
</body>
</html>
`
}

function header({ title, at, version }: EvidenceFacts): string {
  return `<header><h1>${html(title)}</h1><p>Landslide inventory and its evidence. ${dateText(at)}. Scarp ${html(version)}.</p></header>`
}

function keyFigures({ totals, pixels, facts }: ReportRequest): string {
  const mapped = totals.sizes.reduce((sum, size) => sum + size, 0)
  const accuracy = facts.audits.at(-1)?.accuracy ?? null
  const analysed =
    pixels.area === null ? sizeText(pixels.landslide + pixels.background, 'px') : areaText(pixels.area)
  const cells: [string, string, string][] = [
    ['Landslides', totals.landslides.toLocaleString('en'), ''],
    ['Mapped', totals.unit === 'm²' ? areaText(mapped) : sizeText(mapped, 'px'), 'sum of the polygons'],
    ['Analysed', analysed, ''],
    accuracy?.area
      ? ['Audited area', areaInterval(accuracy.area), '95 % interval, from points']
      : ['Audited area', 'not audited', ''],
    accuracy?.overall
      ? ['Overall accuracy', shareInterval(accuracy.overall), '95 % interval']
      : ['Overall accuracy', 'not audited', ''],
  ]
  const items = cells.map(
    ([name, value, remark]) =>
      `<div><dt>${name}</dt><dd>${html(value)}</dd>${remark && `<dd class="remark">${remark}</dd>`}</div>`,
  )
  return `<dl class="key">${items.join('')}</dl>`
}

function mapSection({ map, rasters }: ReportRequest): string {
  const ground = {
    image: 'on the image that was mapped, paler than it is',
    relief: 'on shaded relief',
    plain: 'on what was analysed (grey)',
  }[map.ground]
  const left = rasters.length - map.shown
  const caption = [
    `<span class="swatch"></span> Landslides, ${ground}. White: not analysed.`,
    rasters.some(({ georeference }) => !georeference?.crs)
      ? 'No coordinate system says where the images lie: they are shown side by side.'
      : 'Landslides smaller than a dot of this picture are drawn as one dot.',
    left > 0 ? `${plural(left, 'more image is', 'more images are')} in the files.` : '',
  ]
  return `<figure>${map.svg}<figcaption>${caption.filter(Boolean).join(' ')}</figcaption></figure>`
}

/** In plain words, from what is on record. */
function method(request: ReportRequest): string {
  const { facts, rasters } = request
  const origins = rasters.flatMap(raster => raster.origins)
  const { models, audits, rounds: trained } = facts
  const masks = maskStates(request)
  const all = masks.reduce((sum, { count }) => sum + count, 0)
  const thresholds = [...new Set(origins.flatMap(({ threshold }) => threshold ?? []))].sort((a, b) => a - b)
  const judged = all - countOf(masks, 'predicted') - countOf(masks, 'painted')
  const sentences = [
    models.length > 1
      ? `${NUMBERS[models.length] ?? models.length} neural networks gave each pixel a probability of landslide, of which the mean was taken.`
      : models.length === 1
        ? 'A neural network gave each pixel a probability of landslide.'
        : 'No network is on record: the masks were drawn by hand or read from files.',
    models.length > 0 &&
      thresholds.length > 0 &&
      `Pixels from a probability of ${thresholds.length > 3 ? `${thresholds[0]} to ${thresholds.at(-1)}` : thresholds.join(', ')} on became landslide.`,
    trained.length > 0 &&
      `The networks were trained in ${plural(trained.length, 'round')} on labels, on what analysts decided, and on their own confident answers.`,
    all === 0
      ? 'Whether anybody judged the masks is not on record.'
      : judged === 0
        ? 'Nobody has judged the masks.'
        : `An analyst judged ${judged === all ? (all === 1 ? 'the mask' : `all ${all.toLocaleString('en')} masks`) : `${judged.toLocaleString('en')} of ${all.toLocaleString('en')} masks`}.`,
    'Landslides are connected pixels, outlined along pixel edges.',
    optionsText(request),
    audits.length > 0
      ? 'Accuracy was then estimated from random points that were looked at without the map.'
      : 'Accuracy was not estimated.',
  ]
  return `<h2>Method</h2><p>${html(sentences.filter(Boolean).join(' '))}</p>`
}

const NUMBERS = ['No', 'One', 'Two', 'Three', 'Four', 'Five', 'Six', 'Seven', 'Eight', 'Nine']

type MaskStates = readonly { state: MaskState; count: number }[]

/** Of patches and cells: what is known of their number, else that of the parts of rasters. */
function maskStates({ facts, rasters }: Pick<ReportRequest, 'facts' | 'rasters'>): MaskStates {
  const origins = rasters.flatMap(raster => raster.origins)
  const counted = MASK_STATES.map(state => ({
    state,
    count: origins.filter(one => one.state === state).length,
  }))
  return (facts.masks ?? counted).filter(({ count }) => count > 0)
}

function countOf(masks: MaskStates, state: MaskState): number {
  return masks.find(one => one.state === state)?.count ?? 0
}

/** What was changed on the way from pixels to polygons. */
function optionsText({ facts: { options }, rasters, totals }: ReportRequest): string {
  const metric = rasters.every(
    ({ georeference, width, height }) => pixelSizeOf(georeference, width, height).size,
  )
  const unit = metric ? 'm²' : 'px'
  const changes = [
    options.minimumArea > 0 &&
      `${plural(totals.leftOut, 'landslide')} below ${sizeText(options.minimumArea, unit)} ${totals.leftOut === 1 ? 'was' : 'were'} left out`,
    options.fillHoles > 0 &&
      `${plural(totals.holesFilled, 'hole')} up to ${sizeText(options.fillHoles, unit)} ${totals.holesFilled === 1 ? 'was' : 'were'} filled`,
    options.simplify > 0 &&
      `outlines were simplified by up to ${options.simplify} ${options.simplify === 1 ? 'pixel' : 'pixels'}, so that areas differ a little from the mask`,
  ].filter(Boolean)
  return changes.length > 0
    ? `On the way to polygons ${changes.join(', ')}.`
    : 'Nothing was left out, filled or simplified.'
}

function sources({ rasters }: ReportRequest): string {
  const all = uniqueSources(rasters)
  const rows = all.map(({ id, kind, sensed, tile }) => [
    html(id),
    html(kind ?? 'not recorded'),
    sensed ? dateText(sensed) : 'not recorded',
    html(tile ?? ''),
  ])
  const elevation = [...new Set(rasters.flatMap(raster => raster.elevationSource ?? []))]
  const systems = [...new Set(rasters.map(({ georeference }) => georeference?.crs ?? 'none'))]
  return `<h2>Sources</h2>${table(['Image', 'Kind', 'Sensed', 'Tile'], rows, 'image', 'sources')}<p class="small">Elevation and slope: ${html(listed(elevation) || 'none')}. Coordinate system: ${html(listed(systems))}.</p>`
}

export function uniqueSources(rasters: readonly Pick<InventoryRaster, 'sources'>[]): InventorySource[] {
  return [...new Map(rasters.flatMap(({ sources: all }) => all).map(source => [source.id, source])).values()]
}

const STRATUM_TITLES: Readonly<Record<AuditStratum, string>> = {
  landslide: 'Mapped landslide',
  'not-landslide': 'Mapped other',
  disagreement: 'Networks disagree',
}

function accuracySection({ facts: { audits } }: ReportRequest): string {
  const audit = audits.at(-1)
  if (!audit) {
    return '<h2>Accuracy</h2><p class="missing"><strong>Not audited.</strong> Nothing here says how many of these landslides are real or how many are missing. A point audit in Scarp gives accuracies and the area of landslides with a 95 % interval.</p>'
  }
  return `<h2>Accuracy</h2><div class="columns">${accuracyTable(audit)}<div>${matrixTable(audit)}${auditRemarks(audit, audits.length)}</div></div>`
}

function accuracyTable({ accuracy }: EvidenceAudit): string {
  const figures: [string, string, AuditFigure | null, (value: AuditFigure) => string][] = [
    ['Overall accuracy', 'of the area', accuracy.overall, shareInterval],
    ["User's accuracy", 'of what is mapped', accuracy.users, shareInterval],
    ["Producer's accuracy", 'of what is there', accuracy.producers, shareInterval],
    ['Share of landslides', 'of the area', accuracy.share, shareInterval],
    ['Area of landslides', '', accuracy.area, areaInterval],
  ]
  const rows = figures.map(([name, detail, value, text]) => [
    `${name} <span class="dim">${detail}</span>`,
    value ? text(value) : 'not known',
  ])
  return tableOf(['', 'With 95 % interval'], rows, 'figures')
}

function matrixTable({ record }: EvidenceAudit): string {
  const rows = errorMatrix(record).map(({ stratum, weight, counts }) => [
    STRATUM_TITLES[stratum],
    String(counts.landslide),
    String(counts['not-landslide']),
    String(counts['cannot-tell']),
    String(counts.open),
    shareText(weight),
  ])
  return tableOf(['Points by map', 'Landslide', 'Other', 'Unclear', 'Open', 'Area'], rows, 'matrix')
}

function auditRemarks({ record, accuracy }: EvidenceAudit, audits: number): string {
  const who = record.reviewer ? ` by ${record.reviewer}` : ''
  const sentences = [
    `${plural(accuracy.counted, 'point')} counted${who}, drawn with seed ${record.seed} on ${dateText(record.at)}, looked at without the map.`,
    accuracy.cannotTell > 0 && `${plural(accuracy.cannotTell, 'point')} could not be told and left out.`,
    accuracy.left > 0 &&
      `The audit is not finished: ${plural(accuracy.left, 'point is', 'points are')} left.`,
    accuracy.mappedArea !== null && `The map itself says ${areaText(accuracy.mappedArea)}.`,
    audits > 1 && `The newest of ${audits} audits.`,
    'Estimators: Olofsson et al. 2014; Stehman 2014.',
  ]
  return `<p class="small">${html(sentences.filter(Boolean).join(' '))}</p>`
}

function sizes({ totals }: ReportRequest): string {
  if (totals.sizes.length === 0) return '<h2>Sizes</h2><p>No landslide was mapped.</p>'
  const sorted = Float64Array.from(totals.sizes).sort()
  const at = (share: number) => sizeText(sorted[Math.floor(share * (sorted.length - 1))]!, totals.unit)
  const rows = [
    ['Smallest', at(0)],
    ['Median', at(0.5)],
    ['Largest', at(1)],
    ...[...totals.verdicts].map(([name, count]) => [
      `${html(verdictText(name))}`,
      plural(count, 'landslide'),
    ]),
  ]
  return `<h2>Sizes</h2><div class="columns">${sizeHistogram(totals.sizes, totals.unit)}${tableOf([], rows, 'figures')}</div>`
}

/** Of a landslide on several masks, what each of them says. */
function verdictText(verdicts: string): string {
  const parts = verdicts.split('; ').map(name => {
    const state = MASK_STATES.find(one => one === name)
    return state ? maskStateText(state) : name
  })
  const text = parts.join('; ')
  return text.charAt(0).toUpperCase() + text.slice(1)
}

function networks({ models }: EvidenceFacts): string {
  if (models.length === 0) return ''
  const rows = models.map(({ id, architecture, weights, licence }) => [
    html(id),
    html(architecture ?? 'not recorded'),
    html(licence ?? 'not stated'),
    `<code>${html(weights ?? 'not recorded')}</code>`,
  ])
  return `<h2>Networks</h2>${table(['Model', 'Architecture', 'Licence', 'SHA-256 of the weights'], rows, 'network', 'networks')}`
}

function rounds({ rounds: all }: EvidenceFacts): string {
  if (all.length === 0) return ''
  const rows = all
    .slice(-MOST_ROUNDS)
    .map(({ index, at, verdictIds, sourcePatchIds, ensembleHeldOut, heldOutPatchIds, target }) => {
      const changed = target?.changedPixels
      return [
        String(index),
        dateText(at),
        sourcePatchIds.length.toLocaleString('en'),
        verdictIds.length.toLocaleString('en'),
        ensembleHeldOut?.f1 == null
          ? 'nothing held out'
          : `${ensembleHeldOut.f1.toFixed(3)} (${plural(heldOutPatchIds.length, 'patch', 'patches')})`,
        changed && changed.compared > 0 ? shareText((changed.gained + changed.lost) / changed.compared) : '',
      ]
    })
  const more =
    all.length > rows.length ? `<p class="small">The last ${rows.length} of ${all.length} rounds.</p>` : ''
  return `<h2>Rounds of training</h2>${tableOf(['Round', 'Date', 'Source patches', 'Verdicts', 'F1 on held-out patches', 'Map changed'], rows, 'plain')}${more}`
}

function review(request: ReportRequest): string {
  const origins = request.rasters.flatMap(raster => raster.origins)
  const text = maskStates(request).map(
    ({ state, count }) => `${count.toLocaleString('en')} ${maskStateText(state)}`,
  )
  const reviewers = [...new Set(origins.flatMap(({ reviewer }) => reviewer ?? []))]
  const who = reviewers.length > 0 ? ` Reviewers: ${listed(reviewers)}.` : ''
  const when = period(origins)
  return `<h2>Review</h2><p>${html(`Masks by patch or cell: ${text.join('; ') || 'not recorded'}.${who}${when}`)}</p>`
}

function period(origins: readonly MaskOrigin[]): string {
  const times = origins.flatMap(({ at }) => at ?? []).sort()
  const [first, last] = [times[0], times.at(-1)]
  if (!first || !last) return ''
  const [from, to] = [dateText(first), dateText(last)]
  return from === to ? ` Made or judged on ${from}.` : ` Made or judged from ${from} to ${to}.`
}

function limits(request: ReportRequest): string {
  const { facts, rasters, pixels } = request
  const masks = maskStates(request)
  const all = masks.reduce((sum, { count }) => sum + count, 0)
  const unjudged = countOf(masks, 'predicted')
  const total = pixels.landslide + pixels.background + pixels.none
  const pixel = rasters
    .map(({ georeference, width, height }) => pixelSizeOf(georeference, width, height).size)
    .find(size => size !== null)
  const without = rasters.filter(({ georeference }) => !georeference?.crs).length
  const sentences = [
    'Ground without a polygon counts as “no landslide” only where it was analysed: inside the layer footprint and outside not_analysed.',
    pixel &&
      `A pixel is ${figure(pixel.width)} x ${figure(pixel.height)} m: landslides of about that size and smaller may be missed, and no outline is finer.`,
    pixels.none > 0 &&
      `${shareText(pixels.none / total)} of the images was not analysed (no data, outside the area, or undecided).`,
    unjudged > 0 &&
      `${unjudged.toLocaleString('en')} of ${all.toLocaleString('en')} masks are the networks’ own and were not reviewed.`,
    facts.audits.length === 0 && 'Without an audit the number and area of landslides have no known error.',
    without > 0 &&
      `${without === rasters.length ? 'No image has' : `${plural(without, 'image has', 'images have')} no`}${without === rasters.length ? ' a' : ''} coordinate system: their polygons are in pixels, and no map can place them.`,
    'Landslides that touch are one polygon; one landslide under a gap in the image is two.',
    ...facts.notes,
  ]
  const items = sentences.flatMap(sentence => (sentence ? [`<li>${html(sentence)}</li>`] : []))
  return `<h2>Limits</h2><ul>${items.join('')}</ul>`
}

function files({ files: all }: ReportRequest): string {
  const rows = all.map(({ path, title, bytes, sha256 }) => [
    `<code>${html(path)}</code>`,
    html(title),
    bytesText(bytes),
    `<code>${html(sha256.slice(0, 12))}</code>`,
  ])
  const styles = all.some(({ path }) => path.endsWith('.tif'))
    ? 'Beside each raster lies its style for QGIS (.qml). '
    : ''
  return `<h2>Files</h2>${table(['File', 'What it holds', 'Size', 'SHA-256 begins'], rows, 'file', 'files')}<p class="small">${styles}Whole checksums are in SHA256SUMS: <code>sha256sum -c SHA256SUMS</code>. item.json describes the bundle for catalogues (STAC 1.1).</p>`
}
