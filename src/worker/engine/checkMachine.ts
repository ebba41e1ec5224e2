import { version } from '../../../package.json'
import { toAppError } from '../../core/foundation/appError'
import { SELF_TEST_PARTS } from '../../core/rounds/selfTestReport'
import { selfTest, type WasmFiles } from '../../engine'
import type { EngineApi, EngineEvent } from '../protocol'
import type { CallContext } from '../rpc/serveApi'
import { starterModels } from '../starterModels'
import type { OnEngine, Purpose } from './engineSession'

/** GPU memory that the benchmark may take, bytes: a browser does not say how much there is. */
const BENCHMARK_BYTES = 4e9

type CheckMachine = EngineApi['checkMachine']

/** The self-test on the engine that trains, or, where none can, on the one that predicts. */
export async function checkMachine(
  { benchmark }: CheckMachine['request'],
  context: CallContext<EngineEvent>,
  {
    onEngine,
    modelsUrl,
    wasm,
  }: { onEngine: (purpose: Purpose) => OnEngine; modelsUrl: string; wasm: WasmFiles },
): Promise<CheckMachine['result']> {
  const starters = starterModels(modelsUrl)
  const ids = await starters.ids()
  const check: Parameters<OnEngine>[1] = (engine, { signal, onProgress }) =>
    selfTest(
      {
        engine,
        version,
        parts: benchmark ? SELF_TEST_PARTS : SELF_TEST_PARTS.filter(part => part !== 'benchmark'),
        models: ids.map(id => ({
          id,
          read: () => starters.read(id, ['manifest.json', 'weights.safetensors', 'golden.safetensors']),
        })),
        ...wasm,
        benchmark: { family: 'segformer', memoryBytes: BENCHMARK_BYTES },
        now: () => performance.now(),
      },
      { signal, onProgress },
    )
  // What the check runs on is in its report: what predicts stays as it was shown.
  const quiet = {
    ...context,
    onEvent: (event: EngineEvent) => event.kind === 'device-lost' && context.onEvent(event),
  }
  try {
    return (await onEngine('training')(quiet, check)) as CheckMachine['result']
  } catch (thrown) {
    if (toAppError(thrown).code !== 'training-impossible') throw thrown
    return (await onEngine('inference')(quiet, check)) as CheckMachine['result']
  }
}
