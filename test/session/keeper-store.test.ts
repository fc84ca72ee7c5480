import { env } from 'cloudflare:workers';
import { vi } from 'vitest';
import * as config from '../../src/config.ts';
import { deployedConfig } from './deployed.ts';
import { storeContract } from './store-contract.ts';

const real = { ...config };
vi.spyOn(config, 'loadConfig').mockImplementation(deployedConfig(real as typeof config).loadConfig);

const { TOKENS, SESSION_KEEPER } = env as unknown as Record<string, unknown>;

storeContract('a Durable Object each', () => ({ TOKENS, SESSION_KEEPER }));
