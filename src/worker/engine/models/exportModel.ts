import { zipFiles } from '../../../core/export/zipFiles'
import { readSafetensors, writeSafetensors } from '../../../core/models/checkpoint/safetensors'
import { forPeer } from '../../../core/models/checkpoint/saveCheckpoint'
import type { ModelApi } from '../../modelProtocol'
import type { ModelCatalogue } from '../modelCatalogue'

/**
 * A model as a file to keep: its folder, or for PyTorch its weights with one domain's statistics, so that
 * `load_state_dict` finds exactly the keys that the peer has.
 */
export async function exportModel(
  catalogue: ModelCatalogue,
  { modelId, format }: ModelApi['exportModel']['request'],
): Promise<ModelApi['exportModel']['result']> {
  if (format === 'folder') {
    const { files } = await catalogue.folder(modelId)
    const members = Object.entries(files).map(([name, bytes]) => ({
      name: `${modelId}/${name}`,
      bytes: bytes as Uint8Array<ArrayBuffer>,
    }))
    return { fileName: `${modelId}.zip`, blob: await zipFiles(members) }
  }
  const { files } = await catalogue.files(modelId)
  const { tensors } = readSafetensors(files['weights.safetensors']!)
  const bytes = writeSafetensors(forPeer(tensors, { domain: format }), { format: 'pt' })
  return {
    fileName: `${modelId}-${format}.safetensors`,
    blob: new Blob([bytes as Uint8Array<ArrayBuffer>]),
  }
}
