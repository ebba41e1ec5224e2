import { VECTOR_FORMATS, type VectorFormat } from '../../core/export/vectorLayer'
import { declareCommand, EXIT } from '../command'
import { withOutFolder } from '../node/outFolder'
import { describePeakMemory } from '../node/reporting'
import { flag, text, texts, value } from '../optionSpec'
import { STATES_OPTION } from '../projectArchives'
import { FORCE, JSON_OUTPUT, OUT_FOLDER } from '../sharedOptions'
import { TRACING_OPTIONS, tracingChoices } from '../tracingOptions'

export const exportCommand = declareCommand({
  name: 'export',
  summary: 'Make polygons of landslides with their attributes from masks',
  details:
    'Takes masks (0 background, 1 landslide, 255 not analysed) as GeoTIFF or HDF5, the folder of a scarp predict, a zip ' +
    'of masks from the studio, or a project archive: that gives the inventory that the studio exports of it, with verdicts, ' +
    'reviewers, rounds and the points of audits. Probability and disagreement are used where they lie beside a mask (<name>_prob.tif, ' +
    '<name>_disagreement.tif). Each landslide, an 8-connected group of pixels, becomes one MultiPolygon along its pixel ' +
    'edges, unless an option says otherwise. Writes <name>_landslides.gpkg for <name>_mask.tif, and so on.',
  words: ['<paths...>', 'masks, folders and zips of them, project archives'],
  options: {
    format: value<VectorFormat[]>(
      '<names>',
      'gpkg: GeoPackage with landslides, source, area of interest, footprint, what was not analysed and points of audits, styled for QGIS; ' +
        'geojson, fgb (FlatGeobuf) and csv: landslides alone',
      {
        accepts: VECTOR_FORMATS.join(', '),
        allowed: `one or more of ${VECTOR_FORMATS.join(', ')}, separated by commas`,
        read(given) {
          const names = given.split(',').map(name => VECTOR_FORMATS.find(format => format === name.trim()))
          return names.every(name => name !== undefined) ? names : undefined
        },
      },
    ).default(['gpkg']),
    out: OUT_FOLDER,
    force: FORCE,
    ...TRACING_OPTIONS,
    dem: texts(
      '<files...>',
      'elevation models in metres on any grid, for relief, slope, length along the slope; the first is on top',
    ).otherwise('none'),
    slope: text('<file>', 'slope in degrees on any grid').otherwise('made of the elevation (Horn)'),
    states: STATES_OPTION,
    merge: flag('one inventory of all masks, event_landslides, in place of one for each'),
    json: JSON_OUTPUT,
  },
  exits: { ok: 'exported', failed: 'some masks were refused, or the work failed' },
  async run({ words, options, fingerprint }, io) {
    const { exportInventories } = await import('../exportInventories')
    const request = {
      paths: words,
      formats: options.format,
      options: tracingChoices(options),
      dem: options.dem ?? [],
      slope: options.slope ?? null,
      merge: options.merge,
      states: options.states,
    }
    const place = {
      path: options.out,
      command: 'scarp export',
      fingerprint,
      force: options.force,
      resume: null,
    }
    const result = await withOutFolder(place, io, out => exportInventories(request, out, io))
    io.progress.clear()
    io.note(describePeakMemory())
    if (options.json) io.out(JSON.stringify(result, null, 2))
    else {
      for (const { name, files, notes } of result.inventories) {
        io.out(`${name}: ${files.join(', ')}`)
        for (const note of notes) io.out(`  ${note}`)
      }
    }
    return result.refused.length > 0 || result.inventories.length === 0 ? EXIT.failed : EXIT.ok
  },
})
