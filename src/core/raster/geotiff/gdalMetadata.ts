/** What GDAL keeps in its metadata tag (42112) that matters to a reader. */
interface GdalMetadata {
  /** Band descriptions, one a band; null where none is given. */
  bandNames: string[] | null
  /** Whether stored values are meant to be scaled: "scale 0.1, offset 0". */
  scaling: string | null
  /** Of `scarp stack`: names of bands that the product did not have. */
  syntheticBands: string[]
  /** Of the whole image, where the name is one of ours. */
  tags: Record<string, string>
}

/** Metadata of `scarp stack` and of results: names of bands that the product did not have, with commas between. */
export const SYNTHETIC_BANDS = 'SCARP_SYNTHETIC_BANDS'

const OUR_TAG = /^SCARP_[A-Z0-9_]{1,40}$/

/** Far more than we write. */
const MOST_TAGS = 64

const ITEM = /<Item\s([^>]{0,400})>([^<]{0,4000})<\/Item>/g

/** Reads GDAL's metadata XML; anything odd in it is left out. */
export function parseGdalMetadata(xml: string, bandCount: number): GdalMetadata {
  const names: string[] = []
  let scale: number | null = null
  let offset: number | null = null
  const tags = new Map<string, string>()
  for (const [, attributes = '', text = ''] of xml.matchAll(ITEM)) {
    const attribute = (name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(attributes)?.[1]
    const role = attribute('role')
    const sample = Number(attribute('sample'))
    if (role === 'description' && sample >= 0 && sample < bandCount) names[sample] = unescapeXml(text)
    else if (role === 'scale') scale = Number(text)
    else if (role === 'offset') offset = Number(text)
    else if (OUR_TAG.test(attribute('name') ?? '') && tags.size < MOST_TAGS) {
      tags.set(attribute('name')!, unescapeXml(text))
    }
  }
  const scaled = (scale !== null && scale !== 1) || (offset !== null && offset !== 0)
  return {
    bandNames: names.length > 0 ? Array.from({ length: bandCount }, (_, band) => names[band] ?? '') : null,
    scaling: scaled ? `scale ${scale ?? 1}, offset ${offset ?? 0}` : null,
    syntheticBands: (tags.get(SYNTHETIC_BANDS) ?? '').split(',').filter(name => name !== ''),
    tags: Object.fromEntries(tags),
  }
}

function unescapeXml(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replaceAll('&amp;', '&')
}
