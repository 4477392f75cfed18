import express, { type NextFunction, type Request, type Response, type Router } from 'express';
import type { Server } from 'node:http';
import type { DelegatedAuth } from '../../client/delegated-auth.ts';
import { anonymousUser } from '../../client/delegated-auth.ts';
import type { Deps } from '../../component/deps.ts';
import type { Authorize } from '../../component/serving.ts';
import type { KubeletConfig } from '../config.ts';
import type { Kubelet } from '../kubelet.ts';
import type { ReadonlyPod } from '../pods/pod.ts';
import { containerLogs } from './container-logs.ts';
import { RequestError } from './find-container.ts';
import { requestAttributes } from './request-attributes.ts';
import { createUsageReader } from './stats.ts';
import type { StreamingHandlers } from './streaming-handlers.ts';
import { attachUpgrades } from './upgrades.ts';

export interface KubeletServer {
  /** Who may ask for what: by subresources of this node. */
  readonly authorize: Authorize;
  readonly router: Router;
  /** Serves exec, attach and port-forward on the connections of this server. */
  attach(server: Server): void;
}

export interface KubeletServerGiven {
  readonly kubelet: Kubelet;
  readonly config: KubeletConfig;
  /** Absent where there is no API server to ask. */
  readonly auth?: DelegatedAuth;
  readonly streaming?: StreamingHandlers;
}

/** The kubelet's own API, of which API servers make logs, exec and the like, and monitors their figures. */
export function createKubeletServer(given: KubeletServerGiven, deps: Deps): KubeletServer {
  const { kubelet, config, auth } = given;
  const usage = createUsageReader(kubelet, config.rootDir, deps);
  const router = express.Router({ strict: false });

  const withStatus = (pod: ReadonlyPod): ReadonlyPod => ({
    ...pod,
    status: kubelet.podStatus(pod.metadata.uid!) ?? pod.status,
  });
  const podList = (items: readonly ReadonlyPod[]): object => ({
    kind: 'PodList',
    apiVersion: 'v1',
    metadata: {},
    items,
  });

  router.get('/containerLogs/:namespace/:pod/:container', (request: Request, response: Response) =>
    containerLogs(kubelet, request, response, deps),
  );
  router.get('/pods', (_request, response) => void response.json(podList(kubelet.pods().map(withStatus))));
  router.get('/runningpods', async (_request, response) => {
    const { sandboxes, containers } = await kubelet.runtime.observe();
    const running = sandboxes
      .filter(({ state }) => state === 'ready')
      .map(({ podUid, podName, podNamespace }) => ({
        metadata: { name: podName, namespace: podNamespace, uid: podUid },
        spec: {
          containers: containers
            .filter((container) => container.podUid === podUid && container.state === 'running')
            .map(({ name, image }) => ({ name, image })),
        },
        status: {},
      }));
    response.json(podList(running));
  });
  router.get('/stats/summary', async (_request, response) => void response.json(await usage.summary()));
  router.get('/metrics/resource', async (_request, response) => {
    response.type('text/plain; version=0.0.4; charset=utf-8').send(await usage.resourceMetrics());
  });
  router.get('/metrics/cadvisor', async (_request, response) => {
    response.type('text/plain; version=0.0.4; charset=utf-8').send(await usage.cadvisorMetrics());
  });
  router.get('/metrics/probes', async (_request, response) => {
    response
      .type('text/plain; version=0.0.4; charset=utf-8')
      .send(await deps.metrics.getSingleMetricAsString('prober_probe_total'));
  });
  router.get('/configz', (_request, response) => void response.json({ kubeletconfig: config }));
  router.use((error: unknown, _request: Request, response: Response, next: NextFunction) => {
    if (!(error instanceof RequestError) || response.headersSent) return next(error);
    response.status(error.status).type('text/plain').send(`${error.message}\n`);
  });

  const authorize: Authorize = async (request) => {
    const path = (request.url ?? '/').split('?')[0]!;
    if (!auth) return config.anonymousAuth && config.authorizationMode === 'AlwaysAllow' ? { allowed: true } : refused;
    // Tokens are for the API server to review, which must be asked for.
    if (!config.authenticationTokenWebhook && request.headers.authorization) return refused;
    try {
      const user = await auth.authenticate(request);
      if (!user || (user === anonymousUser && !config.anonymousAuth)) return refused;
      if (config.authorizationMode === 'AlwaysAllow') return { allowed: true };
      const wishes = requestAttributes(request.method ?? 'GET', path, kubelet.nodeName);
      for (const resourceAttributes of wishes) {
        if ((await auth.mayUser(user, { resourceAttributes })).allowed) return { allowed: true };
      }
      const asked = wishes.map(({ subresource }) => subresource).join(' ');
      return {
        allowed: false,
        status: 403,
        message: `Forbidden (user=${user.name}, verb=${wishes[0]!.verb}, resource=nodes, subresource(s)=[${asked}])`,
      };
    } catch (error) {
      deps.log.warn('cannot ask the API server who may', { path, error });
      return { allowed: false, status: 403, message: 'Forbidden: the API server cannot be asked' };
    }
  };

  return {
    authorize,
    router,
    attach: (server) => {
      if (given.streaming) attachUpgrades(server, { kubelet, authorize, handlers: given.streaming }, deps);
    },
  };
}

const refused = { allowed: false, status: 401, message: 'Unauthorized' } as const;
