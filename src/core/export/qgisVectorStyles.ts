/** Okabe and Ito (2008): told apart with any colour vision, and none is the green or brown of imagery. */
const VERMILION = '213,94,0'
const ORANGE = '230,159,0'
const YELLOW = '240,228,66'
const SKY = '86,180,233'
const WHITE = '255,255,255'
const GREY = '160,160,160'
const BLACK = '0,0,0'

type Properties = Readonly<Record<string, string | number>>

interface SymbolLayer {
  /** As QGIS names its class: "SimpleFill". */
  class: string
  properties: Properties
}

interface Category {
  /** "": every other value, and null. */
  value: string
  label: string
  layers: readonly SymbolLayer[]
}

/** A dark line beneath a bright one is seen on bright and on dark ground. */
function outlined(fill: string | null, line: string, style = 'solid'): SymbolLayer[] {
  const side = (properties: Properties): SymbolLayer => ({
    class: 'SimpleFill',
    properties: { joinstyle: 'round', outline_width_unit: 'MM', ...properties },
  })
  return [
    side({
      style: 'no',
      color: `${BLACK},0`,
      outline_color: `${BLACK},180`,
      outline_style: style,
      outline_width: 0.9,
    }),
    side({
      style: fill === null ? 'no' : 'solid',
      color: fill ?? `${BLACK},0`,
      outline_color: `${line},255`,
      outline_style: style,
      outline_width: 0.4,
    }),
  ]
}

function marker(colour: string, name = 'circle'): SymbolLayer[] {
  return [
    {
      class: 'SimpleMarker',
      properties: {
        name,
        color: `${colour},255`,
        size: 2.6,
        size_unit: 'MM',
        outline_color: `${BLACK},255`,
        outline_style: 'solid',
        outline_width: 0.3,
        outline_width_unit: 'MM',
      },
    },
  ]
}

/** Landslides by how certain the networks are of them; what was drawn by hand has no certainty. */
export const LANDSLIDE_STYLE = categorized('fill', 'confidence', [
  { value: 'high', label: 'High confidence', layers: outlined(`${VERMILION},90`, VERMILION) },
  { value: 'medium', label: 'Medium confidence', layers: outlined(`${ORANGE},80`, ORANGE) },
  { value: 'low', label: 'Low confidence', layers: outlined(`${YELLOW},70`, YELLOW) },
  { value: '', label: 'Confidence not known', layers: outlined(`${WHITE},60`, WHITE) },
])

export const SOURCE_STYLE = single('fill', outlined(null, GREY, 'dot'))

export const AREA_STYLE = single('fill', outlined(null, SKY, 'dash'))

export const FOOTPRINT_STYLE = single('fill', outlined(null, WHITE))

/** Hatched, so that what lies beneath is seen. */
export const NOT_ANALYSED_STYLE = single('fill', [
  {
    class: 'SimpleFill',
    properties: {
      style: 'b_diagonal',
      color: `${GREY},255`,
      outline_color: `${GREY},255`,
      outline_style: 'solid',
      outline_width: 0.3,
      outline_width_unit: 'MM',
      joinstyle: 'round',
    },
  },
])

export const AUDIT_STYLE = categorized('marker', 'answer', [
  { value: 'landslide', label: 'Landslide', layers: marker(VERMILION) },
  { value: 'not-landslide', label: 'Not a landslide', layers: marker(SKY, 'square') },
  { value: 'cannot-tell', label: 'Cannot tell', layers: marker(GREY, 'triangle') },
  { value: '', label: 'Not asked yet', layers: marker(WHITE, 'cross_fill') },
])

type SymbolKind = 'fill' | 'marker'

/** Style files hold colours and no code: the category alone is read, so that nothing else of a project changes. */
function qml(renderer: string): string {
  return (
    "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n" +
    `<qgis version="3.28.0-Firenze" styleCategories="Symbology">\n${renderer}</qgis>\n`
  )
}

function single(kind: SymbolKind, layers: readonly SymbolLayer[]): string {
  return qml(renderer('type="singleSymbol"', '', [symbol(kind, 0, layers)]))
}

function categorized(kind: SymbolKind, field: string, categories: readonly Category[]): string {
  const rows = categories.map(
    ({ value, label }, i) =>
      `   <category type="string" render="true" value="${value}" symbol="${i}" label="${label}"/>\n`,
  )
  return qml(
    renderer(
      `type="categorizedSymbol" attr="${field}"`,
      `  <categories>\n${rows.join('')}  </categories>\n`,
      categories.map(({ layers }, i) => symbol(kind, i, layers)),
    ),
  )
}

function renderer(attributes: string, before: string, symbols: readonly string[]): string {
  return (
    ` <renderer-v2 ${attributes} forceraster="0" symbollevels="0" enableorderby="0" referencescale="-1">\n${before}` +
    `  <symbols>\n${symbols.join('')}  </symbols>\n </renderer-v2>\n`
  )
}

function symbol(kind: SymbolKind, name: number, layers: readonly SymbolLayer[]): string {
  const inner = layers.map(
    layer =>
      `    <layer class="${layer.class}" enabled="1" locked="0" pass="0">\n     <Option type="Map">\n` +
      Object.entries(layer.properties)
        .map(([key, value]) => `      <Option type="QString" name="${key}" value="${value}"/>\n`)
        .join('') +
      '     </Option>\n    </layer>\n',
  )
  return `   <symbol type="${kind}" name="${name}" alpha="1" clip_to_extent="1" force_rhr="0">\n${inner.join('')}   </symbol>\n`
}
