import { alertsRoutes } from '@gantry/contract/routes/alerts.ts';
import { channelsRoutes } from '@gantry/contract/routes/channels.ts';
import * as alerts from '@gantry/core/alerts/operations.ts';
import { authenticate } from '@gantry/core/identity/operations.ts';
import * as channels from '@gantry/core/notifications/operations.ts';
import { serve } from '@gantry/runtime/serve.ts';

export const handler = serve(
  { ...alertsRoutes, ...channelsRoutes },
  {
    'alerts.create': ({ caller, params, body }) => alerts.createAlert(caller, params, body),
    'alerts.list': ({ caller, params, query }) => alerts.listAlerts(caller, params, query),
    'alerts.get': ({ caller, params }) => alerts.getAlert(caller, params),
    'alerts.update': ({ caller, params, body, ifMatch }) => alerts.updateAlert(caller, params, body, ifMatch),
    'alerts.silence': ({ caller, params, body }) => alerts.silenceAlert(caller, params, body),
    'alerts.history': ({ caller, params, query }) => alerts.alertHistory(caller, params, query),
    'alerts.delete': ({ caller, params }) => alerts.deleteAlert(caller, params),
    'channels.create': ({ caller, params, body }) => channels.createChannel(caller, params, body),
    'channels.list': ({ caller, params, query }) => channels.listChannels(caller, params, query),
    'channels.get': ({ caller, params }) => channels.getChannel(caller, params),
    'channels.update': ({ caller, params, body, ifMatch }) => channels.updateChannel(caller, params, body, ifMatch),
    'channels.delete': ({ caller, params }) => channels.deleteChannel(caller, params),
    'channels.test': ({ caller, params }) => channels.testChannel(caller, params),
    'notices.list': ({ caller, params, query }) => channels.listNotices(caller, params, query),
    'notices.get': ({ caller, params }) => channels.getNotice(caller, params),
    'notices.replay': ({ caller, params }) => channels.replayNotice(caller, params),
  },
  { authenticate },
);
