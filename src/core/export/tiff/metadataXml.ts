/**
 * GDAL's metadata document (TIFF tag 42112): dataset items, and the description of band 1. GDAL unescapes a value
 * twice, once as XML and once itself (`CPLUnescapeString`), so values are escaped twice as GDAL's own writer does.
 */
export function metadataXml(items: Readonly<Record<string, string>>, description: string): string {
  const lines = Object.entries(items).map(
    ([name, value]) => `  <Item name="${escaped(name)}">${escaped(escaped(value))}</Item>`,
  )
  lines.push(
    `  <Item name="DESCRIPTION" sample="0" role="description">${escaped(escaped(description))}</Item>`,
  )
  return `<GDALMetadata>\n${lines.join('\n')}\n</GDALMetadata>\n`
}

function escaped(text: string): string {
  // XML 1.0 has no place for control characters, escaped or not.
  const clean = text.replace(/[^\P{Cc}\t\n\r]/gu, ' ')
  return clean.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;')
}
