import type { JobOptions } from '../shell/jobs'
import type { Studio } from '../studio'
import { takePrediction, withEngine } from './predict'

/** Has the engine check this machine; the report stays until the next. One check runs at a time, models' included. */
export async function checkMachine(studio: Studio, benchmark: boolean): Promise<void> {
  if (studio.jobs.isRunning('check')) return
  studio.store.change({ models: { machine: null, checkingMachine: true } })
  const work = (options: JobOptions) =>
    studio.engine.call(
      'checkMachine',
      { benchmark },
      { ...options, onEvent: event => takePrediction(studio, event, []) },
    )
  const machine = await studio.jobs.run('check', work, {
    again: () => withEngine(studio, () => checkMachine(studio, benchmark)),
    work: null,
  })
  studio.store.change({ models: { machine, checkingMachine: false } })
}
