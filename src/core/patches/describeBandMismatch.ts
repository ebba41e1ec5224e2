/** What is missing from a raster that has not the 14 bands, and what to do about it. */
export function describeBandMismatch(bandCount: number): string {
  const contract =
    'Scarp takes 14 bands in this order: B1-B8, B9-B12 (no B8A), slope in degrees, DEM in metres.'
  const stack = 'Stack them with gdalbuildvrt -separate and gdal_translate (slope: gdaldem slope).'
  switch (bandCount) {
    case 1:
      return `It has one band. If it is a mask, name it like its image ("<image>_mask.tif"). ${contract}`
    case 10:
      return (
        'It has 10 bands, as Sentinel-2 at 10 and 20 m has (B2-B8, B8A, B11, B12): B1, B9, B10, slope and DEM are ' +
        `missing. ${contract} Take the Level-1C product, leave B8A out and add slope and DEM. ${stack}`
      )
    case 12:
      return (
        'It has 12 bands: as Level-1C without B8A, slope and DEM are missing; as Level-2A, B10 is missing too. ' +
        `${contract} Add slope and DEM. ${stack}`
      )
    case 13:
      return (
        'It has 13 bands, as Sentinel-2 Level-1C has (B8A included): slope and DEM are missing. ' +
        `${contract} Leave B8A out and add slope and DEM. ${stack}`
      )
    default:
      return `It has ${bandCount} bands. ${contract} ${bandCount < 14 ? stack : 'Pick those 14 with gdal_translate -b.'}`
  }
}
