import * as v from 'valibot';
import { definePipeline } from 'weir-pipelines';

const HOUR_MS = 3_600_000;

export default definePipeline({
  name: 'silence',
  request: v.object({ meter: v.string(), kwh: v.number() }),
  read: (request) => [request],
  key: ({ meter }) => meter,
  initial: () => ({ kwh: 0, silent: false }),
  compute: (state, { kwh }, { sentAt, wake }) => {
    wake(sentAt + HOUR_MS, 'silence'); // instead of the one that was asked for before
    return { kwh: state.kwh + kwh, silent: false };
  },
  wake: (state, _tag, { key, at, emit }) => {
    emit({ alert: 'no reading for an hour', meter: key, since: at - HOUR_MS });
    return { ...state, silent: true };
  },
  write: async (alerts) => console.log(alerts),
});
