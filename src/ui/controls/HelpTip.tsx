import { Button, Dialog, DialogTrigger, Popover } from 'react-aria-components'

/** What is not obvious, said where it is chosen. */
const TOPICS = {
  threshold: {
    title: 'Threshold',
    text: 'A pixel counts as landslide where the networks’ mean probability is at least this. Lower finds more and errs more often; higher is surer and misses more. It moves only masks that you have neither painted nor judged: a verdict keeps the threshold at which it was given.',
  },
  scale: {
    title: 'Scale',
    text: 'Patches are enlarged this many times before the networks see them, so that small landslides survive their pooling. ×2 takes four times the work and memory, ×4 sixteen times. A network predicts at the scale that it was trained with.',
  },
  'held-out': {
    title: 'Held out',
    text: 'Labelled patches that no round trains on. Precision, recall, F1 and IoU of every round are measured on them, so rounds can be compared honestly.',
  },
  unsure: {
    title: 'Unsure',
    text: 'The whole patch is left out of the loss, so the networks learn nothing from it, neither right nor wrong. It stays in the queue to be looked at again.',
  },
} as const

export type HelpTopic = keyof typeof TOPICS

/** A small "?" beside a choice; what it opens is read out and closes on Escape. */
export function HelpTip({ topic }: { topic: HelpTopic }) {
  const { title, text } = TOPICS[topic]
  return (
    <DialogTrigger>
      <Button className="help-button" aria-label={`About: ${title}`}>
        ?
      </Button>
      <Popover className="popover help-popover" offset={4}>
        <Dialog className="popover-dialog" aria-label={title}>
          <h3>{title}</h3>
          <p>{text}</p>
        </Dialog>
      </Popover>
    </DialogTrigger>
  )
}
