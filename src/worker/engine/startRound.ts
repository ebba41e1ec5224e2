import { AppError } from '../../core/foundation/appError'
import type { EngineInfo } from '../../core/gpu/engine'
import { roundConfigFor } from '../../core/refinement/defaultRoundConfig'
import type { PatchProvider } from '../../core/refinement/patchProvider'
import type { RoundConfig, RoundRecord } from '../../core/refinement/round'
import { roundId } from '../../core/refinement/roundId'
import type { RoundInput } from '../../core/refinement/roundInput'
import { runRound } from '../../core/refinement/runRound'
import { verdictsInForce } from '../../core/review/verdictsInForce'
import type { PatchRecord, ProjectStore } from '../../storage/projectStore'
import type { EngineApi, EngineEvent } from '../protocol'
import type { CallContext } from '../rpc/serveApi'
import { domainStatistics } from './domainStatistics'
import type { ModelCatalogue } from './modelCatalogue'
import { stageProbabilities } from './stagedProbabilities'

/**
 * Runs a round on the project: held-out patches stay out, verdicts and masks are heeded, each network starts from
 * the model chosen for it, else the latest round's or a starter's where there is one of its family and preset. Models, ensembles and the record
 * are written once all is done, the record last: a cancelled or failed round is none.
 *
 * @throws AppError `training-impossible` without labelled patches, else as `runRound` and the store.
 */
export async function startRound(
  store: ProjectStore,
  catalogue: ModelCatalogue,
  engine: Pick<EngineInfo, 'backend' | 'adapter'>,
  { config: wanted, startFrom = {} }: EngineApi['startRound']['request'],
  { signal, onProgress, onEvent }: CallContext<EngineEvent>,
): Promise<RoundRecord> {
  const config = { ...roundConfigFor(wanted.preset ?? 'tiny'), ...definedFields(wanted) }
  const records = await store.patches()
  const source = records.filter(record => record.domain === 'source' && record.hasLabel)
  const target = records.filter(record => record.domain === 'target')
  const sourceStatistics = domainStatistics(records, 'source')
  const training = source.filter(record => !record.heldOut)
  if (training.length === 0 || !sourceStatistics) {
    throw new AppError(
      'training-impossible',
      'A round learns from labelled patches, and there is none to train on: add images with their masks first.',
    )
  }
  const latest = (await store.rounds()).at(-1)
  const index = (latest?.index ?? 0) + 1
  const parents: RoundInput['parents'] = {}
  for (const family of config.families) {
    const chosen = startFrom[family]
    parents[family] = chosen ? await catalogue.files(chosen) : await catalogue.parent(family, config.preset)
  }

  const staged = stageProbabilities(store)
  const { record, models } = await runRound(
    {
      id: roundId(index, config.seed),
      index,
      parentRoundId: latest?.id ?? null,
      at: new Date().toISOString(),
      now: () => performance.now(),
      config,
      engine,
      source: provider(store, training),
      heldOut: provider(
        store,
        source.filter(patch => patch.heldOut),
      ),
      target: target.length > 0 ? provider(store, target) : null,
      statistics: { source: sourceStatistics, target: domainStatistics(records, 'target') },
      verdicts: Object.values(verdictsInForce(await store.history())),
      store: staged,
      parents,
    },
    {
      signal,
      onProgress,
      // What is predicted is announced when it can be read, below.
      onEvent: event => event.kind !== 'predicted' && onEvent(event),
    },
  )

  for (const { id, files } of models) await store.writeModel(id, files)
  const modelIds = models.map(({ id }) => id)
  const predicted: string[] = []
  await staged.commit(async patchId => {
    await store.updatePatch(patchId, { predictedBy: modelIds })
    predicted.push(patchId)
  })
  await store.putRound(record)
  for (const patchId of predicted) onEvent({ kind: 'predicted', patchId })
  return record
}

function provider(store: ProjectStore, records: readonly PatchRecord[]): PatchProvider {
  const sizes = new Map(records.map(({ id, width, height }) => [id, { width, height }]))
  return {
    ids: [...sizes.keys()],
    async load(id) {
      const size = sizes.get(id)
      if (!size) throw new AppError('internal', `The round asked for patch "${id}", which is not part of it.`)
      return { ...size, ...(await store.readPixels(id)) }
    },
  }
}

/** A field that is present but undefined must not wipe out its default. */
function definedFields(config: Partial<RoundConfig>): Partial<RoundConfig> {
  return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined))
}
