import type { DistributionLevel } from '../../core/patches/distributionGuard'
import { Icon, type IconName } from '../controls/Icon'

const LOOK: Readonly<Record<DistributionLevel, { icon: IconName; title: string }>> = {
  ok: { icon: 'accept', title: 'alike' },
  shifted: { icon: 'shift', title: 'shifted' },
  far: { icon: 'warning', title: 'far off' },
}

/** The distribution guard's word, by icon and text. */
export function LevelTag({ level }: { level: DistributionLevel }) {
  const { icon, title } = LOOK[level]
  return (
    <span className={`level-tag level-${level}`}>
      <Icon name={icon} />
      {title}
    </span>
  )
}
