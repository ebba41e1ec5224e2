import { AppError } from '../../../core/foundation/appError'
import { completeRoundConfig } from '../../../core/refinement/defaultRoundConfig'
import { roundId } from '../../../core/refinement/roundId'
import { verdictsInForce } from '../../../core/review/verdictsInForce'
import { domainStatistics } from '../../../storage/domainStatistics'
import type { ProjectStore } from '../../../storage/projectStore'
import type { UnfinishedRound } from '../../../storage/unfinishedRound'
import type { EngineApi } from '../../protocol'
import type { ModelCatalogue } from '../modelCatalogue'
import { parentScale } from './parentScale'
import { roundParents } from './roundParents'

/**
 * Settles what a round is of: held-out patches stay out, verdicts are those in force, each network starts from the
 * model chosen for it, else the parent round's or a starter's where there is one of its family and size. The parent is
 * the round asked for, else the latest. Where no scale promotion is asked for, the models' own. Nothing is stored.
 *
 * @param at ISO 8601.
 * @throws AppError `training-impossible` without labelled patches, `bad-argument` for a parent that is not on record.
 */
export async function planRound(
  store: ProjectStore,
  catalogue: ModelCatalogue,
  {
    config: wanted,
    startFrom = {},
    parentRoundId = null,
  }: Pick<EngineApi['startRound']['request'], 'config' | 'startFrom' | 'parentRoundId'>,
  at: string,
): Promise<UnfinishedRound> {
  const asked = completeRoundConfig(wanted)
  const records = await store.patches()
  const labelled = records.filter(record => record.domain === 'source' && record.hasLabel)
  const training = labelled.filter(record => !record.heldOut)
  const source = domainStatistics(records, 'source')
  if (training.length === 0 || !source) {
    throw new AppError(
      'training-impossible',
      'A round learns from labelled patches, and there is none to train on: add images with their masks first.',
    )
  }
  const rounds = await store.rounds()
  const latest = rounds.at(-1)
  const parent = parentRoundId === null ? latest : rounds.find(({ id }) => id === parentRoundId)
  if (parentRoundId !== null && !parent) {
    throw new AppError('bad-argument', 'The round to go on from is not in this project: choose another one.')
  }
  const parents = await roundParents(catalogue, asked, startFrom, parent?.id ?? null)
  const scale = wanted.scale ?? (await parentScale(catalogue, Object.values(parents)))
  const config = { ...asked, scale }
  const index = (latest?.index ?? 0) + 1
  const ids = (patches: readonly { id: string }[]) => patches.map(({ id }) => id)
  return {
    id: roundId(index, config.seed),
    index,
    parentRoundId: parent?.id ?? null,
    at,
    config,
    statistics: { source, target: domainStatistics(records, 'target') },
    verdicts: Object.values(verdictsInForce(await store.history())),
    sourcePatchIds: ids(training),
    heldOutPatchIds: ids(labelled.filter(record => record.heldOut)),
    targetPatchIds: ids(records.filter(record => record.domain === 'target')),
    parents,
    finished: [],
    saved: null,
    curves: {},
    resumed: 0,
    stopped: null,
  }
}
