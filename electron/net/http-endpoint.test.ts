import { describe, expect, test } from 'vitest';
import { parseEndpoint } from './http-endpoint.ts';

describe('endpoint', () => {
  test.each([
    ['http://127.0.0.1:9988/mimo/events', '127.0.0.1', 9988, '127.0.0.1:9988', '/mimo/events'],
    ['HTTP://Example.ORG', 'Example.ORG', 80, 'Example.ORG', '/'],
    ['https://h', 'h', 443, 'h', '/'],
    ['http://h:/x', 'h', 80, 'h', '/x'],
    ['http://[::1]:8/x', '::1', 8, '[::1]:8', '/x'],
    ['http://[fe80::1%25lo]/x', 'fe80::1%lo', 80, '[fe80::1]', '/x'],
    ['http://h?q=1', 'h', 80, 'h', '/?q=1'],
    ['http://h/p?', 'h', 80, 'h', '/p?'],
    ['http://h/p#f', 'h', 80, 'h', '/p'],
    ['http://h/a%2Fb', 'h', 80, 'h', '/a%2Fb'],
    ['http://h/a%2fb c', 'h', 80, 'h', '/a/b%20c'],
    ["http://h/a(b)!'*", 'h', 80, 'h', "/a(b)!'*"],
    ['http://h/ü(', 'h', 80, 'h', '/%C3%BC%28'],
    ['http://h//x', 'h', 80, 'h', '//x'],
  ])('%s', (text, hostname, port, hostHeader, requestTarget) => {
    expect(parseEndpoint(text)).toMatchObject({ hostname, port, hostHeader, requestTarget });
  });

  test.each([
    '',
    'nowhere at all',
    '127.0.0.1:9988/x',
    '/x',
    'ftp://h/x',
    'http:x',
    'http:/x',
    'http:///x',
    'http://:80/x',
    'http://h:99999/',
    'http://h:x/',
    'http://h/%zz',
    'http://h/%2',
    'http://h/\n',
    'http://h/#%',
    'http://[::1/',
    'http://a b/',
    'http://u%zz@h/',
    'http://a"b@h/',
    'http://h:1:2/',
  ])('%j cannot be sent to', (text) => {
    expect(parseEndpoint(text)).toBeNull();
  });

  test('user info becomes a header, decoded', () => {
    expect(parseEndpoint('http://a%40b:p%3aq@h/')?.userInfo).toBe('a@b:p:q');
    expect(parseEndpoint('http://user@h/')?.userInfo).toBe('user:');
    expect(parseEndpoint('http://@h/')?.userInfo).toBe(':');
  });
});
