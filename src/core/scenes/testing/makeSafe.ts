import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { bytesInput, type InputFile } from '../../raster/inputFile'
import { INSTRUMENT_BANDS, NATIVE_RESOLUTION } from '../bandNames'

/** What a made product is to look like. */
export interface SafeProduct {
  level?: 'L1C' | 'L2A'
  /** "02.09" */
  baseline?: string
  tile?: string
  /** "20200704T095029" */
  stamp?: string
  /** EPSG code of the tile. */
  epsg?: number
  /** Upper left corner and size of the 10 m bands. */
  x?: number
  y?: number
  width?: number
  height?: number
}

/** The names and texts of a product in SAFE's layout; whoever makes it fills in the bands. */
export function safeLayout(product: SafeProduct = {}) {
  const { level = 'L1C', baseline = '02.09', tile = 'T33TWM', stamp = '20200704T095029' } = product
  const { epsg = 32633, x = 465180, y = 5080250, width = 60, height = 60 } = product
  const folder = `S2A_MSI${level}_${stamp}_N${baseline.replace('.', '')}_R079_${tile}_20200704T120000.SAFE`
  const granule = `${folder}/GRANULE/${level}_${tile}_A026292_20200704T095325`
  const inLevel = (band: string) => level === 'L1C' || band !== 'B10'
  const bands = INSTRUMENT_BANDS.filter(inLevel).flatMap(band => {
    const native = NATIVE_RESOLUTION[band]!
    const digits = band.length === 2 ? `B0${band[1]}` : band
    const sides = level === 'L1C' ? [native] : [10, 20, 60].filter(side => side >= native)
    return sides.map(side => {
      const end = level === 'L1C' ? `${digits}.jp2` : `${digits}_${side}m.jp2`
      const within = level === 'L1C' ? 'IMG_DATA' : `IMG_DATA/R${side}m`
      return { band, side, path: `${granule}/${within}/${tile}_${stamp}_${end}` }
    })
  })
  const list = (element: string, around: string) =>
    Number(baseline) < 4
      ? ''
      : `<${around}>${INSTRUMENT_BANDS.map((_, id) => `<${element} band_id="${id}">-1000</${element}>`).join('')}</${around}>`
  const values =
    level === 'L1C'
      ? `<QUANTIFICATION_VALUE unit="none">10000</QUANTIFICATION_VALUE>${list('RADIO_ADD_OFFSET', 'Radiometric_Offset_List')}`
      : `<QUANTIFICATION_VALUES_LIST><BOA_QUANTIFICATION_VALUE unit="none">10000</BOA_QUANTIFICATION_VALUE><AOT_QUANTIFICATION_VALUE>1000.0</AOT_QUANTIFICATION_VALUE></QUANTIFICATION_VALUES_LIST>${list('BOA_ADD_OFFSET', 'BOA_ADD_OFFSET_VALUES_LIST')}`
  const digits = level.slice(1)
  const time = stamp.replace(/(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)/, '$1-$2-$3T$4:$5:$6.024Z')
  const images = bands
    .map(({ path }) => `<IMAGE_FILE>${path.slice(folder.length + 1).replace('.jp2', '')}</IMAGE_FILE>`)
    .join('')
  const productXml =
    `<?xml version="1.0"?><n1:Level-${digits}_User_Product xmlns:n1="https://psd-14.sentinel2.eo.esa.int/PSD/x.xsd">` +
    `<n1:General_Info><Product_Info><PRODUCT_START_TIME>${time}</PRODUCT_START_TIME><PRODUCT_URI>${folder}</PRODUCT_URI>` +
    `<PROCESSING_LEVEL>Level-${digits}</PROCESSING_LEVEL><PROCESSING_BASELINE>${baseline}</PROCESSING_BASELINE>` +
    `<Product_Organisation><Granule_List><Granule>${images}</Granule></Granule_List></Product_Organisation></Product_Info>` +
    `<Product_Image_Characteristics>${values}</Product_Image_Characteristics></n1:General_Info></n1:Level-${digits}_User_Product>`
  const sizes = [10, 20, 60]
    .map(
      side =>
        `<Size resolution="${side}"><NROWS>${Math.ceil((height * 10) / side)}</NROWS><NCOLS>${Math.ceil((width * 10) / side)}</NCOLS></Size>` +
        `<Geoposition resolution="${side}"><ULX>${x}</ULX><ULY>${y}</ULY><XDIM>${side}</XDIM><YDIM>-${side}</YDIM></Geoposition>`,
    )
    .join('')
  const tileXml =
    `<?xml version="1.0"?><n1:Level-${digits}_Tile_ID xmlns:n1="https://psd-14.sentinel2.eo.esa.int/PSD/y.xsd"><n1:General_Info>` +
    `<TILE_ID>S2A_OPER_MSI_${level}_TL_EPAE_20200704T120000_A026292_${tile}_N${baseline}</TILE_ID></n1:General_Info>` +
    `<n1:Geometric_Info><Tile_Geocoding><HORIZONTAL_CS_CODE>EPSG:${epsg}</HORIZONTAL_CS_CODE>${sizes}</Tile_Geocoding>` +
    `</n1:Geometric_Info></n1:Level-${digits}_Tile_ID>`
  const text = (path: string, content: string) => bytesInput(path, new TextEncoder().encode(content))
  const aside = [
    `${granule}/IMG_DATA/${tile}_${stamp}_TCI.jp2`,
    `${granule}/QI_DATA/MSK_CLASSI_B00.jp2`,
    `${granule}/QI_DATA/MSK_DETFOO_B02.jp2`,
    `${granule}/QI_DATA/${tile}_${stamp}_PVI.jp2`,
    ...(level === 'L2A' ? [`${granule}/IMG_DATA/R20m/${tile}_${stamp}_SCL_20m.jp2`] : []),
    `${folder}/DATASTRIP/DS_x/MTD_DS.xml`,
    `${folder}/manifest.safe`,
    `${folder}/INSPIRE.xml`,
  ]
  return {
    folder,
    granule,
    bands,
    product: text(`${folder}/MTD_MSI${level}.xml`, productXml),
    tile: text(`${granule}/MTD_TL.xml`, tileXml),
    aside: aside.map(path => text(path, 'never opened')),
  }
}

/**
 * A product in SAFE's layout from real pixels: the bands of a 13-band GeoTIFF (in the order of the instrument), those of 20
 * and 60 m as means, cut to a whole number of 60 m pixels. Needs gdal_translate.
 *
 * @param format "JP2OpenJPEG" as in products; "GTiff" under the same names.
 * @param added to every stored value, as the offset of baseline 04.00 is.
 */
export async function makeSafe(
  source: string,
  size: { width: number; height: number },
  format: 'JP2OpenJPEG' | 'GTiff',
  product: SafeProduct = {},
  added = 0,
): Promise<{ layout: ReturnType<typeof safeLayout>; files: InputFile[] }> {
  const [width, height] = [size.width - (size.width % 6), size.height - (size.height % 6)]
  const layout = safeLayout({ ...product, width, height })
  const temporary = mkdtempSync(join(tmpdir(), 'scarp-safe-'))
  const lossless = ['QUALITY=100', 'REVERSIBLE=YES', 'BLOCKXSIZE=64', 'BLOCKYSIZE=64']
  const make = async ({ band, side, path }: (typeof layout.bands)[number]) => {
    const made = join(temporary, `${band}-${side}.jp2`)
    const factor = side / 10
    await promisify(execFile)('gdal_translate', [
      ...['-q', '-of', format, '-b', String(INSTRUMENT_BANDS.indexOf(band) + 1), '-ot', 'UInt16'],
      ...['-srcwin', '0', '0', String(width), String(height), '-r', 'average'],
      ...['-outsize', String(width / factor), String(height / factor)],
      ...(added === 0 ? [] : ['-scale', '0', '10000', String(added), String(10_000 + added)]),
      ...(format === 'GTiff' ? [] : lossless.flatMap(option => ['-co', option])),
      ...[source, made],
    ])
    return bytesInput(path, new Uint8Array(readFileSync(made)))
  }
  try {
    const bands = await Promise.all(layout.bands.map(make))
    return { layout, files: [layout.product, layout.tile, ...layout.aside, ...bands] }
  } finally {
    rmSync(temporary, { recursive: true })
  }
}
