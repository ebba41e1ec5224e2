import type { VerdictKind } from '../../core/review/verdict'
import type { IconName } from '../controls/Icon'

export const VERDICT_LOOK: Readonly<Record<VerdictKind, { title: string; icon: IconName }>> = {
  accepted: { title: 'Accepted', icon: 'accept' },
  corrected: { title: 'Corrected', icon: 'brush' },
  rejected: { title: 'Rejected', icon: 'reject' },
  unsure: { title: 'Unsure', icon: 'unsure' },
}
