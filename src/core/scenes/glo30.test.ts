import { expect, test } from 'vitest'
import { glo30Tiles } from './glo30'

test('names the tiles of Copernicus GLO-30 that a scene lies on', async () => {
  // A tile of 110 km in Slovenia, across a parallel and a meridian.
  const tiles = await glo30Tiles({
    crs: 'EPSG:32633',
    transform: [399_960, 10, 0, 5_100_000, 0, -10],
    width: 10_980,
    height: 10_980,
  })
  expect(tiles).toEqual([
    'Copernicus_DSM_COG_10_N45_00_E013_00_DEM.tif',
    'Copernicus_DSM_COG_10_N45_00_E014_00_DEM.tif',
    'Copernicus_DSM_COG_10_N45_00_E015_00_DEM.tif',
    'Copernicus_DSM_COG_10_N46_00_E013_00_DEM.tif',
    'Copernicus_DSM_COG_10_N46_00_E014_00_DEM.tif',
    'Copernicus_DSM_COG_10_N46_00_E015_00_DEM.tif',
  ])
  // South and west count away from zero: the corner at 13.9 S, 76.9 W is S14 W077.
  const lima = await glo30Tiles({
    crs: 'EPSG:4326',
    transform: [-76.9, 0.001, 0, -13.5, 0, -0.001],
    width: 100,
    height: 100,
  })
  expect(lima).toEqual(['Copernicus_DSM_COG_10_S14_00_W077_00_DEM.tif'])
})
