import { AppError } from '../../core/foundation/appError'
import { type Command, EXIT } from '../command'
import { type InspectEntry, inspectPaths } from '../inspectPaths'
import { parseOptions } from '../parseOptions'

export const inspectCommand: Command = {
  name: 'inspect',
  summary: 'Say what raster files are, or why they cannot be used',
  help: [
    'Usage: scarp inspect <paths...> [--json]',
    '',
    'Opens every file by its content (Landslide4Sense HDF5, GeoTIFF, zip archives of them), decodes its pixels and',
    'tells size, bands, type, coordinate system, transform, no-data value, scale of values and problems. Folders are',
    'searched deep, in order of name; world files and notes in them are passed over. Of very large rasters a window',
    'in the middle is decoded.',
    '',
    '  --json  one JSON document, an entry a file:',
    '          path, ok, kind, width, height, bands, dtype, crs, transform, nodata, scale, problems',
    '          or path, ok: false, code, message',
    '          transform: six coefficients of pixel corners, as GDAL has them; nodata: a number, "nan", "inf" or',
    '          "-inf"; scale: l4s, raw, reflectance, x1000, or null where there are not 14 bands or it is unclear',
    '',
    'Exit codes: 0 all were opened; 1 some were refused; 2 bad usage; 130 interrupted.',
  ].join('\n'),
  async run(argv, io) {
    const options = parseOptions(argv, { json: { type: 'boolean' } })
    if (options.words.length === 0)
      throw new AppError('bad-argument', 'Name the files or folders to inspect.')
    const entries = await inspectPaths(options.words, {
      signal: io.signal,
      onFile: (label, done, total) => io.progress.update({ label, done, total }),
    })
    io.progress.clear()
    if (options.values.json) io.out(JSON.stringify(entries, null, 2))
    else for (const entry of entries) io.out(describe(entry))
    const refused = entries.filter(entry => !entry.ok).length
    io.note(`${entries.length - refused} opened, ${refused} refused.`)
    return refused > 0 ? EXIT.failed : EXIT.ok
  },
}

function describe(entry: InspectEntry): string {
  if (!entry.ok) return `${entry.path}: REFUSED (${entry.code}) ${entry.message}`
  const size = `${entry.width} x ${entry.height} x ${entry.bands} ${entry.dtype}`
  const scale = entry.scale ? `, scale ${entry.scale}` : ''
  const nodata = entry.nodata === null ? '' : `, no data ${entry.nodata}`
  const problems = entry.problems.map(problem => `\n  ${problem}`).join('')
  return `${entry.path}: ${entry.kind}, ${size}, ${entry.crs ?? 'no CRS'}${scale}${nodata}${problems}`
}
