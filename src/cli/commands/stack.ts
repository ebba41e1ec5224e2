import { declareCommand, EXIT } from '../command'
import { describePeakMemory } from '../node/reporting'
import { flag, text } from '../optionSpec'
import { SCENE_OPTIONS, sceneChoices } from '../sceneOptions'

export const stackCommand = declareCommand({
  name: 'stack',
  summary: 'Make a 14-band GeoTIFF of a Sentinel-2 scene and its elevation',
  details:
    'Finds the scene among the sources: a Level-1C or Level-2A product as SAFE folder or zip, its single bands (JPEG 2000 or ' +
    'GeoTIFF), or one GeoTIFF of 10 to 13 bands. Elevation is warped to the 10 m grid from any coordinate system, and ' +
    'slope is made of it. Writes B1 to B12 without B8A as reflectance x 10000, slope in degrees and elevation in metres, ' +
    'as Float32, no data NaN, with overviews. predict takes the same sources directly, without this file.',
  words: [
    '<sources...>',
    'files, folders and zips of the scene, and its elevation if it is not given by --dem',
  ],
  options: {
    ...SCENE_OPTIONS,
    scene: text('<name>', 'which scene, where there are several'),
    out: text('<file>', 'the GeoTIFF to write').required(),
    force: flag('overwrite it'),
  },
  async run({ words, options }, io) {
    const { stackScene } = await import('../stackScene')
    const { name, valid } = await stackScene(
      {
        paths: words,
        scene: options.scene ?? null,
        out: options.out,
        force: options.force,
        ...sceneChoices(options),
      },
      io,
    )
    io.note(describePeakMemory())
    io.out(`${name}: ${(100 * valid).toFixed(1)} % of the pixels hold data: ${options.out}`)
    return EXIT.ok
  },
})
