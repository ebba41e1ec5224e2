// Opens every raster under the given paths with Scarp and with GDAL's own tools, and compares what both say:
// size, bands, sample type, no-data value, CRS, transform, and every pixel of files up to 4 million samples.
//
//   node scripts/compare-with-gdal.mjs [--markdown] [paths...]    default: ../shared/data/{tiff,hdf5-foreign,scenes}
//
// Exit code 1 where an opened file disagrees with GDAL. Needs gdalinfo and gdal_translate.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createServer } from 'vite'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const shared = process.env.SCARP_SHARED ?? join(root, '../shared')
const given = process.argv.slice(2).filter(word => !word.startsWith('--'))
const paths =
  given.length > 0 ? given : ['tiff', 'hdf5-foreign', 'scenes'].map(name => join(shared, 'data', name))
const markdown = process.argv.includes('--markdown')
/** Larger rasters are compared in a window of this many samples in their middle. */
const MAX_SAMPLES = 4_000_000
const OPTIONS = { encoding: 'utf8', timeout: 60_000, maxBuffer: 2 ** 28 }

const ARRAYS = {
  Byte: Uint8Array,
  Int8: Int8Array,
  UInt16: Uint16Array,
  Int16: Int16Array,
  UInt32: Uint32Array,
  Int32: Int32Array,
  Float32: Float32Array,
  Float64: Float64Array,
}
const BYTES = Object.fromEntries(
  Object.entries(ARRAYS).map(([type, array]) => [type, array.BYTES_PER_ELEMENT]),
)
/** Known and harmless differences, by the problem that Scarp itself reports of the file. */
const EXCUSES = [
  { problem: 'JPEG is lossy', why: 'JPEG: decoders round and enlarge chroma in their own ways' },
]

if (spawnSync('gdalinfo', ['--version']).status !== 0) {
  console.error('gdalinfo is not installed (Debian: apt install gdal-bin).')
  process.exit(2)
}
const missing = paths.filter(path => !existsSync(path))
if (missing.length > 0) {
  console.error(`Not found: ${missing.join(', ')}`)
  process.exit(2)
}

const vite = await createServer({
  root,
  configFile: false,
  server: { middlewareMode: true, hmr: false, ws: false, watch: null },
  appType: 'custom',
  optimizeDeps: { noDiscovery: true },
  logLevel: 'error',
})
const { inspectPaths } = await vite.ssrLoadModule('/src/cli/inspectPaths.ts')
const { openRaster } = await vite.ssrLoadModule('/src/core/raster/openRaster.ts')
const { nodeInput } = await vite.ssrLoadModule('/src/cli/node/nodeFiles.ts')
const folder = mkdtempSync(join(tmpdir(), 'scarp-gdal-'))
const rows = []
let slowest = { path: '', seconds: 0 }
try {
  const entries = await inspectPaths(paths, 'auto', {
    signal: new AbortController().signal,
    onFile: () => undefined,
  })
  for (const entry of entries) rows.push(await compare(entry))
} finally {
  rmSync(folder, { recursive: true, force: true })
  await vite.close()
}
report()
process.exit(rows.some(row => row.differences.length > 0) ? 1 : 0)

async function compare(entry) {
  const row = { path: entry.path, entry, gdal: null, differences: [], pixels: 'not compared' }
  const began = performance.now()
  const gdal = spawnSync('gdalinfo', ['-json', '-noct', entry.path], OPTIONS)
  row.gdal = gdal.status === 0 ? parseInfo(gdal.stdout) : null
  if (!entry.ok || entry.kind !== 'geotiff' || !row.gdal) return row
  const differ = (what, ours, theirs) => {
    if (JSON.stringify(ours) !== JSON.stringify(theirs)) {
      row.differences.push(`${what}: ${JSON.stringify(ours)}, GDAL ${JSON.stringify(theirs)}`)
    }
  }
  differ('size', [entry.width, entry.height], row.gdal.size)
  differ('bands', entry.bands, row.gdal.bands)
  differ('type', gdalType(entry.dtype), row.gdal.type)
  differ('CRS', entry.crs, row.gdal.crs)
  if (!sameTransform(entry.transform, row.gdal.transform))
    differ('transform', entry.transform, row.gdal.transform)
  if (!sameNumber(entry.nodata, row.gdal.nodata)) differ('no data', entry.nodata, row.gdal.nodata)
  await comparePixels(entry, row)
  const seconds = (performance.now() - began) / 1000
  if (seconds > slowest.seconds) slowest = { path: entry.path, seconds }
  return row
}

async function comparePixels(entry, row) {
  const raw = join(folder, 'pixels.bin')
  const window = middle(entry)
  // ENVI's plain bytes have no 64-bit integers: those are compared as float64, which is what Scarp reads them as.
  const type = entry.dtype.endsWith('int64') ? 'Float64' : gdalType(entry.dtype)
  rmSync(raw, { force: true })
  spawnSync(
    'gdal_translate',
    [
      ...[
        '-q',
        '-mask',
        'none',
        '-of',
        'ENVI',
        '-co',
        'INTERLEAVE=BSQ',
        '-ot',
        type === 'Int8' ? 'Byte' : type,
      ],
      ...['-srcwin', window.column, window.row, window.width, window.height].map(String),
      ...[entry.path, raw],
    ],
    OPTIONS,
  )
  const area = window.width * window.height
  const bytes = existsSync(raw) ? readFileSync(raw) : new Uint8Array(0)
  if (bytes.length < area * entry.bands * BYTES[type]) {
    row.pixels = 'GDAL cannot decode them'
    return
  }
  const raster = await openRaster(await nodeInput(entry.path))
  const planes = await raster.read({ window })
  const theirs = typed(type, bytes)
  let differing = 0
  let largest = 0
  let sum = 0
  for (const [band, plane] of planes.entries()) {
    for (let pixel = 0; pixel < area; pixel++) {
      const a = plane[pixel]
      const b = theirs[band * area + pixel]
      if (Object.is(a, b) || a === b) continue
      differing++
      largest = Math.max(largest, Math.abs(a - b))
      sum += Math.abs(a - b)
    }
  }
  row.pixels =
    differing === 0
      ? 'equal'
      : `${differing} of ${area * planes.length} samples differ, by ${(sum / differing).toFixed(1)} on average and ${largest} at most`
  const excused = EXCUSES.find(({ problem }) => entry.problems.some(text => text.startsWith(problem)))
  if (differing > 0 && excused) row.pixels += ` (${excused.why})`
  else if (differing > 0) row.differences.push(`pixels: ${row.pixels}`)
}

function middle({ width, height, bands }) {
  const side = Math.floor(Math.sqrt(MAX_SAMPLES / bands))
  const across = width * height * bands > MAX_SAMPLES ? Math.min(width, side) : width
  const down = width * height * bands > MAX_SAMPLES ? Math.min(height, side) : height
  return {
    column: Math.floor((width - across) / 2),
    row: Math.floor((height - down) / 2),
    width: across,
    height: down,
  }
}

function parseInfo(text) {
  // gdalinfo writes nan and infinity bare, which JSON has not.
  const info = JSON.parse(text.replace(/:\s*-?(nan|inf)\b/gi, found => `: "${found.replace(/[:\s]/g, '')}"`))
  const wkt = info.coordinateSystem?.wkt ?? ''
  const code = /ID\["EPSG",(\d+)\]\]\s*$/.exec(wkt)?.[1]
  const band = info.bands[0] ?? {}
  const signed = band?.metadata?.IMAGE_STRUCTURE?.PIXELTYPE === 'SIGNEDBYTE'
  return {
    size: info.size,
    bands: info.bands.length,
    type: signed ? 'Int8' : band.type,
    nodata: band.noDataValue ?? null,
    crs: code ? `EPSG:${code}` : null,
    wkt,
    transform: info.geoTransform ?? null,
  }
}

function gdalType(dtype) {
  if (dtype === 'uint8') return 'Byte'
  return dtype.replace('uint', 'UInt').replace(/^int/, 'Int').replace('float', 'Float')
}

function typed(type, bytes) {
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)
  return new ARRAYS[type](buffer)
}

function sameTransform(ours, theirs) {
  if (!ours || !theirs) return !ours && !theirs
  return ours.every((value, index) => Math.abs(value - theirs[index]) <= 1e-9 * Math.max(1, Math.abs(value)))
}

function sameNumber(ours, theirs) {
  if (ours === null || theirs === null) return ours === theirs
  if (String(ours) === String(theirs).toLowerCase()) return true
  return Math.abs(Number(ours) - Number(theirs)) <= 1e-6 * Math.abs(Number(ours))
}

function report() {
  const opened = rows.filter(row => row.entry.ok)
  const refused = rows.filter(row => !row.entry.ok)
  const compared = opened.filter(row => row.gdal && row.entry.kind === 'geotiff')
  const exact = compared.filter(row => row.pixels === 'equal')
  const lines = [
    `GDAL: ${execFileSync('gdalinfo', ['--version'], { encoding: 'utf8' }).trim()}`,
    `${rows.length} files: ${opened.length} opened, ${refused.length} refused.`,
    `${compared.length} compared with GDAL: ${compared.filter(row => row.differences.length === 0).length} agree, ` +
      `pixels of ${exact.length} equal in every sample.`,
    `Slowest comparison: ${basename(slowest.path)}, ${slowest.seconds.toFixed(1)} s (both programs).`,
  ]
  console.log(lines.join('\n'))
  console.log(markdown ? '\n| file | refused with | reason | GDAL |\n|---|---|---|---|' : '\nRefused:')
  for (const { path, entry, gdal } of refused) {
    const reason = entry.message.replaceAll(path, basename(path)).replaceAll('|', '\\|')
    const theirs = gdal ? 'opens it' : 'refuses it too'
    console.log(
      markdown
        ? `| \`${basename(path)}\` | \`${entry.code}\` | ${reason} | ${theirs} |`
        : `  ${basename(path)} (${entry.code}; GDAL ${theirs}): ${reason}`,
    )
  }
  console.log('\nOpened, and different from GDAL or not compared in full:')
  for (const row of opened) {
    const notes = [...row.differences]
    if (row.entry.kind === 'geotiff' && !row.gdal) notes.push('GDAL refuses it')
    if (row.gdal && row.pixels !== 'equal' && !notes.some(note => note.startsWith('pixels')))
      notes.push(row.pixels)
    if (notes.length > 0) console.log(`${markdown ? '- ' : '  '}${basename(row.path)}: ${notes.join('; ')}`)
  }
}
