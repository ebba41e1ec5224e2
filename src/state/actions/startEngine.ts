import { toAppError } from '../../core/foundation/appError'
import type { Studio } from '../studio'

/** Starts TensorFlow.js in its worker; without it everything but prediction and training still works. */
export async function startEngine(studio: Studio): Promise<void> {
  studio.store.setState({ engine: { status: 'starting' } })
  try {
    const info = await studio.engine.call('start', { prefer: 'auto' })
    studio.store.setState({ engine: { status: 'ready', info } })
    await refreshModels(studio)
  } catch (thrown) {
    const error = toAppError(thrown, 'gpu-unavailable')
    studio.store.setState({ engine: { status: 'failed', code: error.code, message: error.message } })
  }
}

export async function refreshModels(studio: Studio): Promise<void> {
  const { models, damaged } = await studio.engine.call('models', {})
  studio.store.setState({ models, damagedModels: damaged, modelsListed: true })
}
