import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../../core/foundation/appError'
import { plural } from '../../core/foundation/text'
import { thisWorker } from './thisWorker'

/** Device files of NVIDIA's GPUs. */
const NVIDIA_GPU = /^nvidia\d+$/

/**
 * A task of a scheduler computes on the GPUs that it was given, or not at all. Vulkan does not heed CUDA_VISIBLE_DEVICES, by which
 * schedulers say which these are: it takes the first GPU that can be opened. So no other may be.
 *
 * @param place where to look, by default this process and machine
 * @throws AppError `gpu-unavailable` where a task can open more of NVIDIA's GPUs than it was given
 */
export async function refuseForeignGpus(
  place: { given: string | undefined; isTask: boolean; devices: string } = {
    given: process.env.CUDA_VISIBLE_DEVICES,
    isTask: thisWorker().isTask,
    devices: '/dev',
  },
): Promise<void> {
  const { given, isTask, devices } = place
  if (!isTask || given === undefined) return
  // Slurm says "NoDevFiles" to jobs that asked for none.
  const count = given.split(',').filter(name => name.trim() !== '' && name !== 'NoDevFiles').length
  const open = await openable(devices)
  if (open <= count) return
  throw new AppError(
    'gpu-unavailable',
    `The scheduler gave ${plural(count, 'GPU')} (CUDA_VISIBLE_DEVICES=${given.slice(0, 80)}), and ${open} can be opened here: ` +
      'which one is used cannot be chosen. Let the scheduler keep the others closed (Slurm: ConstrainDevices=yes in ' +
      'cgroup.conf), ask for all of the node, or give --backend wasm.',
  )
}

/** A scheduler that keeps a device closed leaves its file in the folder. */
async function openable(devices: string): Promise<number> {
  let count = 0
  for (const name of await readdir(devices).catch(() => [])) {
    if (!NVIDIA_GPU.test(name)) continue
    const file = await open(join(devices, name)).catch(() => null)
    if (file) count++
    await file?.close()
  }
  return count
}
