/** DataParallel, Lightning and trainers, torch.compile, saved trainer states, averaged weights. */
const WRAPPER =
  /^(module|model|net|network|_orig_mod|state_dict|model_state_dict|model_state|model_ema|ema_model)\./

/** A key without what trainers wrap a network in ("module.", "model.", "_orig_mod.", "state_dict."). */
export function stripWrappers(key: string): string {
  let bare = key
  while (WRAPPER.test(bare)) bare = bare.replace(WRAPPER, '')
  return bare
}
