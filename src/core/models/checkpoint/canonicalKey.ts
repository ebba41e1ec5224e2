/** No forward pass reads these; LoveCS's `weight_target` and `bias_target` are never used by its own. */
const BOOKKEEPING =
  /(^|\.)(num_batches_tracked|relative_position_index|attn_mask|weight_target|bias_target)$|(^|\.)decode_head\.conv_seg\./

const WRAPPERS = /^(module\.|model\.|net\.|network\.|_orig_mod\.|state_dict\.)/

/**
 * The network's own name for a checkpoint key.
 *
 * Tried in order: the key; without wrapping prefixes (DataParallel's "module.", Lightning's "model.", compile's
 * "_orig_mod."); timm's class names `layers.N` for its features' `layers_N`; a bare timm encoder under smp's
 * "encoder.model."; LoveCS's `weight_source`, `bias_source`, `running_*_source` for the plain names.
 * @returns the name, null where the network has none.
 */
export function canonicalKey(key: string, has: (name: string) => boolean): string | null {
  let bare = key
  const candidates = [bare]
  while (WRAPPERS.test(bare)) {
    bare = bare.replace(WRAPPERS, '')
    candidates.push(bare)
  }
  for (const candidate of candidates) {
    for (const variant of variantsOf(candidate)) if (has(variant)) return variant
  }
  return null
}

/** True for buffers that a checkpoint may hold and a network need not: counters, index tables, unused heads. */
export function isBookkeeping(key: string): boolean {
  return BOOKKEEPING.test(key)
}

function variantsOf(key: string): string[] {
  const plain = key.replace(/\.(weight|bias|running_mean|running_var)_source$/, '.$1')
  const underscored = plain.replace(/(^|\.)layers\.(\d+)\./, '$1layers_$2.')
  return [plain, underscored, `encoder.model.${plain}`, `encoder.model.${underscored}`]
}
