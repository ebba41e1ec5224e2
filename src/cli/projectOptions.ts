import { flag, number, text, texts, type ValuesOf } from './optionSpec'
import type { ProjectRequest } from './projectRun'
import { SCENE_OPTIONS, sceneChoices } from './sceneOptions'
import { BACKEND, FORCE, OUT_FOLDER, VALUE_SCALE } from './sharedOptions'
import { TRAINING_OPTIONS, trainingConfigOf } from './trainingOptions'

/** What `scarp train` and `scarp refine` both take. */
export const PROJECT_OPTIONS = {
  source: text('<path>', 'labelled patches, and scenes with <scene>_mask.tif beside them').required(),
  inventory: texts(
    '<files...>',
    'polygons of landslides (GeoPackage, GeoJSON, Shapefile, zip) as labels of scenes and georeferenced patches without ' +
      'a mask: 1 inside, 0 elsewhere on those that a polygon lies on, or within its layers area_of_interest and footprint',
  ),
  out: OUT_FOLDER,
  force: FORCE,
  valueScale: VALUE_SCALE,
  models: text('<dir>', 'start from these models instead of a seeded initialisation'),
  heldOut: number(
    '<share>',
    'share of the source held out by blocks of ids, never trained on',
    0,
    0.9,
  ).default(0.2),
  memory: number(
    '<MB>',
    'GPU memory for training: the largest micro-batch that fits every network, accumulated to an effective batch of ' +
      '16, instead of --micro-batch and --accumulate',
    1,
    Number.POSITIVE_INFINITY,
  ),
  checkpointEvery: number('<s>', 'seconds between checkpoints; 0: after every step', 0, 86_400).default(30),
  resume: flag('continue an interrupted run in --out, given the same options, with the same result'),
  backend: BACKEND,
  ...TRAINING_OPTIONS,
  ...SCENE_OPTIONS,
}

export const PROJECT_REMARKS = 'Ctrl-C writes a checkpoint and ends; a second one ends at once.'

export const PROJECT_EXITS = {
  failed: 'some inputs were refused, or the work failed',
  interrupted: 'interrupted (--resume continues)',
}

export function projectRequestOf(
  options: ValuesOf<typeof PROJECT_OPTIONS>,
  fingerprint: string,
): ProjectRequest {
  const models = options.models ?? null
  return {
    source: options.source,
    out: options.out,
    fingerprint,
    force: options.force,
    models,
    heldOutShare: options.heldOut,
    memory: options.memory ?? null,
    checkpointEvery: options.checkpointEvery,
    valueScale: options.valueScale,
    resume: options.resume,
    backend: options.backend,
    scenes: sceneChoices(options),
    inventory: options.inventory ?? [],
    config: trainingConfigOf(options, models === null),
  }
}
