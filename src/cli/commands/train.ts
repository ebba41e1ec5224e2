import { declareCommand, EXIT } from '../command'
import { describeF1, describePeakMemory } from '../node/reporting'
import { PROJECT_EXITS, PROJECT_OPTIONS, PROJECT_REMARKS, projectRequestOf } from '../projectOptions'

export const trainCommand = declareCommand({
  name: 'train',
  summary: 'Train networks on labelled patches and scenes',
  details:
    'Trains one network per family on labelled patches and scenes, thousands if need be: they are decoded to files in ' +
    '--out first (half a megabyte per competition patch, removed at the end) and read from there, so that memory ' +
    'stays bounded. Layouts: img/image_N.h5 with mask/mask_N.h5, images/train with annotations/train, or GeoTIFFs ' +
    'with *_mask.tif; Sentinel-2 scenes, as scarp stack takes them, with <scene>_mask.tif. Writes <out>/<model>/ (manifest, weights, golden outputs, model card) and report.json.',
  options: PROJECT_OPTIONS,
  remarks: PROJECT_REMARKS,
  exits: PROJECT_EXITS,
  async run({ options, fingerprint }, io) {
    const { trainProject } = await import('../trainProject')
    const report = await trainProject(projectRequestOf(options, fingerprint), io)
    io.note(describePeakMemory())
    for (const { modelId, heldOut } of report.round.networks) {
      io.out(`${modelId}: held-out F1 ${describeF1(heldOut)}`)
    }
    if (report.round.networks.length > 1)
      io.out(`ensemble: held-out F1 ${describeF1(report.round.ensembleHeldOut)}`)
    return report.refused.length > 0 ? EXIT.failed : EXIT.ok
  },
})
