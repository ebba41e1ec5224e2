import { AppError } from '../foundation/appError'
import { parseManifest } from '../models/folder/manifest'
import type { RoundTurn } from './refineRounds'
import type { ModelFiles, RoundInput } from './roundInput'

/**
 * What each network of a round starts from: its family's latest model, else a starter, else (absent) its seeded
 * initialisation. Models of another size than `config.presets` names for them are passed over.
 *
 * @param read the files of a model by its id.
 */
export async function parentsOf(
  { families, presets }: Pick<RoundInput['config'], 'families' | 'presets'>,
  latest: RoundTurn['latest'],
  starters: RoundInput['parents'],
  read: (modelId: string) => Promise<ModelFiles>,
): Promise<RoundInput['parents']> {
  const parents: RoundInput['parents'] = {}
  for (const family of families) {
    const fits = (preset: string) => presets?.[family] === undefined || presets[family] === preset
    const model = latest[family]
    const starter = starters[family]
    if (model && fits(model.preset)) parents[family] = await read(model.modelId)
    else if (starter && fits(presetOfModel(starter))) parents[family] = starter
  }
  return parents
}

function presetOfModel({ id, files }: ModelFiles): string {
  const manifest = files['manifest.json']
  if (!manifest) throw new AppError('model-invalid', `Model "${id}" has no manifest.json. Fetch it again.`)
  return parseManifest(manifest).preset
}
