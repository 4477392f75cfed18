import { get } from 'node:http';
import { text } from 'node:stream/consumers';

/** The body that a URL answers with 200, over a connection of its own: kube-proxy chooses an endpoint a connection. */
export function httpGet(url: string, timeoutMs = 5_000): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent: false, timeout: timeoutMs }, (response) => {
      text(response).then((body) => {
        if (response.statusCode === 200) resolve(body);
        else reject(new Error(`${url}: ${response.statusCode} ${body}`));
      }, reject);
    });
    request.on('timeout', () => request.destroy(new Error(`${url}: no answer within ${timeoutMs} ms`)));
    request.on('error', reject);
  });
}

/** Which pod's web server answers: its host name is the pod's name. */
export async function answeringPod(url: string): Promise<string> {
  return (JSON.parse(await httpGet(url)) as { host: string }).host;
}
