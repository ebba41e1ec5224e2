// Makes a Sentinel-2 Level-1C product in SAFE's layout from a small 13-band GeoTIFF, mirrored over and over: real texture at any
// size, up to a whole tile of 10,980 x 10,980. Beside it an elevation model of 30 m in degrees, made of a small one the same
// way. Needs GDAL.
// Usage: node scripts/make-product.mjs --source <13 bands.tif> --dem <dem.tif> --out <dir> [--size 10980]
import { execFileSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

const text = { type: 'string' }
const { values } = parseArgs({
  options: { source: text, dem: text, out: text, size: { ...text, default: '10980' } },
})
for (const name of ['source', 'dem', 'out']) {
  if (!values[name]) throw new Error(`--${name} is missing; the first lines of this file say what it takes.`)
}
const size = Math.floor(Number(values.size) / 6) * 6
const [x, y, epsg] = [399_960, 5_100_000, 32_633]
const tile = 'T33TVM'
const stamp = '20200704T095029'

/** Bands in the order of the source, with the side of their pixels in those of 10 m, and of their JPEG 2000 tiles. */
const BANDS = [
  ['B01', 6],
  ['B02', 1],
  ['B03', 1],
  ['B04', 1],
  ['B05', 2],
  ['B06', 2],
  ['B07', 2],
  ['B08', 1],
  ['B8A', 2],
  ['B09', 6],
  ['B10', 6],
  ['B11', 2],
  ['B12', 2],
]
const BLOCKS = { 1: 1024, 2: 640, 6: 192 }

const product = `S2A_MSIL1C_${stamp}_N0209_R079_${tile}_20200704T120000.SAFE`
const granule = join(values.out, product, 'GRANULE', `L1C_${tile}_A026292_20200704T095325`)
const images = join(granule, 'IMG_DATA')
const scratch = join(values.out, 'scratch')
mkdirSync(images, { recursive: true })
mkdirSync(scratch, { recursive: true })
const gdal = (tool, ...args) => execFileSync(tool, ['-q', ...args.map(String)], { stdio: 'inherit' })

for (const [index, [name, factor]] of BANDS.entries()) {
  const side = size / factor
  const raw = mirrored(values.source, index + 1, 'UInt16', side, side)
  const block = BLOCKS[factor]
  gdal(
    'gdal_translate',
    '-of',
    'JP2OpenJPEG',
    '-a_srs',
    `EPSG:${epsg}`,
    '-a_ullr',
    x,
    y,
    x + size * 10,
    y - size * 10,
    '-co',
    'QUALITY=100',
    '-co',
    'REVERSIBLE=YES',
    '-co',
    `BLOCKXSIZE=${block}`,
    '-co',
    `BLOCKYSIZE=${block}`,
    raw,
    join(images, `${tile}_${stamp}_${name}.jp2`),
  )
  rmSync(join(images, `${tile}_${stamp}_${name}.jp2.aux.xml`), { force: true })
  console.log(`${name}: ${side} x ${side}`)
}
writeMetadata()

// Cells of 30 m, a margin of 3 km around the tile.
const cells = Math.ceil((size * 10 + 6000) / 30)
const raw = mirrored(values.dem, 1, 'Float32', cells, cells)
const metres = join(scratch, 'dem_metres.tif')
gdal(
  'gdal_translate',
  '-a_srs',
  `EPSG:${epsg}`,
  '-a_ullr',
  x - 3000,
  y + 3000,
  x - 3000 + cells * 30,
  y + 3000 - cells * 30,
  raw,
  metres,
)
gdal(
  'gdalwarp',
  '-overwrite',
  '-t_srs',
  'EPSG:4326',
  '-r',
  'cubic',
  '-dstnodata',
  -9999,
  '-co',
  'COMPRESS=DEFLATE',
  '-co',
  'TILED=YES',
  metres,
  join(values.out, 'DEM_degrees.tif'),
)
rmSync(scratch, { recursive: true })
console.log(join(values.out, product))

/** A raw file of a band that is mirrored at its edges again and again. */
function mirrored(source, band, type, width, height) {
  const small = join(scratch, 'small.bin')
  gdal('gdal_translate', '-of', 'ENVI', '-ot', type, '-b', band, source, small)
  const header = readFileSync(small.replace('.bin', '.hdr'), 'utf8')
  const [columns, rows] = ['samples', 'lines'].map(key =>
    Number(new RegExp(`${key}\\s*=\\s*(\\d+)`).exec(header)[1]),
  )
  const Samples = type === 'UInt16' ? Uint16Array : Float32Array
  const bytes = readFileSync(small)
  const pixels = new Samples(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))
  const at = (index, length) => {
    const place = index % (2 * length)
    return place < length ? place : 2 * length - 1 - place
  }
  const large = join(scratch, 'large.bin')
  const file = openSync(large, 'w')
  const row = new Samples(width)
  for (let j = 0; j < height; j++) {
    const begin = at(j, rows) * columns
    for (let i = 0; i < width; i++) row[i] = pixels[begin + at(i, columns)]
    writeSync(file, new Uint8Array(row.buffer))
  }
  closeSync(file)
  const changed = header
    .replace(/samples\s*=\s*\d+/, `samples = ${width}`)
    .replace(/lines\s*=\s*\d+/, `lines = ${height}`)
  // Where it lies is said by gdal_translate.
  writeFileSync(
    large.replace('.bin', '.hdr'),
    changed.replace(/(map info|coordinate system string)\s*=\s*\{[^}]*\}/g, ''),
  )
  return large
}

function writeMetadata() {
  const sizes = [10, 20, 60].map(
    side =>
      `<Size resolution="${side}"><NROWS>${(size * 10) / side}</NROWS><NCOLS>${(size * 10) / side}</NCOLS></Size>` +
      `<Geoposition resolution="${side}"><ULX>${x}</ULX><ULY>${y}</ULY><XDIM>${side}</XDIM><YDIM>-${side}</YDIM></Geoposition>`,
  )
  writeFileSync(
    join(granule, 'MTD_TL.xml'),
    `<?xml version="1.0"?><n1:Level-1C_Tile_ID xmlns:n1="https://psd-14.sentinel2.eo.esa.int/PSD/S2_PDI_Level-1C_Tile_Metadata.xsd"><n1:Geometric_Info><Tile_Geocoding><HORIZONTAL_CS_CODE>EPSG:${epsg}</HORIZONTAL_CS_CODE>${sizes.join('')}</Tile_Geocoding></n1:Geometric_Info></n1:Level-1C_Tile_ID>`,
  )
  writeFileSync(
    join(values.out, product, 'MTD_MSIL1C.xml'),
    '<?xml version="1.0"?><n1:Level-1C_User_Product xmlns:n1="https://psd-14.sentinel2.eo.esa.int/PSD/User_Product_Level-1C.xsd"><n1:General_Info><Product_Info><PROCESSING_LEVEL>Level-1C</PROCESSING_LEVEL><PROCESSING_BASELINE>02.09</PROCESSING_BASELINE><PRODUCT_START_TIME>2020-07-04T09:50:29.024Z</PRODUCT_START_TIME></Product_Info><Product_Image_Characteristics><QUANTIFICATION_VALUE unit="none">10000</QUANTIFICATION_VALUE></Product_Image_Characteristics></n1:General_Info></n1:Level-1C_User_Product>',
  )
}
