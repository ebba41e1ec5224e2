import packageJson from '../../../package.json'
import { declareCommand, EXIT } from '../command'
import { describePeakMemory } from '../node/reporting'
import { flag, text, texts } from '../optionSpec'
import { STATES_OPTION } from '../projectArchives'
import { JSON_OUTPUT } from '../sharedOptions'
import { TRACING_OPTIONS, tracingChoices } from '../tracingOptions'

export const bundleCommand = declareCommand({
  name: 'bundle',
  summary: 'Put an inventory with the evidence for it in one zip',
  details:
    'Takes masks as scarp export does (the folder of a scarp predict, masks as GeoTIFF or HDF5, a zip of masks from the ' +
    'studio), or one project archive, alone. Writes a zip with the rasters, inventory.gpkg (landslides, source, area of interest, footprint, not analysed), ' +
    'models.json, report.html (two pages to read or print), item.json (STAC 1.1) and SHA256SUMS of all. Of an archive it ' +
    'is the bundle that the studio makes, with accuracy.csv, audits.json and the journal of verdicts; masks carry none of ' +
    'these, and the report says so.',
  words: ['<paths...>', 'masks, folders and zips of them, or a project archive'],
  options: {
    out: text('<file.zip>', 'the bundle').required(),
    force: flag('overwrite --out'),
    title: text('<text>', 'what the report is called').otherwise(
      "the project's name, of masks that of the zip",
    ),
    models: text(
      '<dir>',
      'folder of the models that made the masks: their hashes and licences; starters are in no archive',
    ).otherwise("what the masks' tags or the archive say"),
    states: STATES_OPTION,
    ...TRACING_OPTIONS,
    dem: texts(
      '<files...>',
      'elevation models in metres on any grid, for relief, slope and the map; the first is on top',
    ).otherwise('none'),
    slope: text('<file>', 'slope in degrees on any grid').otherwise('made of the elevation (Horn)'),
    json: JSON_OUTPUT,
  },
  exits: { ok: 'written', failed: 'some masks were refused, or the work failed' },
  async run({ words, options }, io) {
    const { bundleEvidence } = await import('../bundleEvidence')
    const result = await bundleEvidence(
      {
        paths: words,
        out: options.out,
        force: options.force,
        title: options.title ?? null,
        options: tracingChoices(options),
        dem: options.dem ?? [],
        slope: options.slope ?? null,
        models: options.models ?? null,
        states: options.states,
        version: packageJson.version,
        at: new Date().toISOString(),
      },
      io,
    )
    io.progress.clear()
    io.note(describePeakMemory())
    if (options.json) io.out(JSON.stringify({ out: options.out, ...result }, null, 2))
    else {
      io.out(`${options.out}: ${result.files.join(', ')}`)
      for (const note of result.notes) io.out(`  ${note}`)
    }
    return result.refused.length > 0 ? EXIT.failed : EXIT.ok
  },
})
