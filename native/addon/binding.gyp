{
  "targets": [
    {
      "target_name": "signalbox",
      "defines": ["NAPI_VERSION=9", "NODE_API_NO_EXTERNAL_BUFFERS_ALLOWED", "_GNU_SOURCE"],
      "cflags": ["-std=c11", "-Wall", "-Wextra", "-Werror", "-Wno-unused-parameter", "-fvisibility=hidden", "-O2"],
      "conditions": [
        [
          "OS=='linux'",
          {
            "sources": [
              "src/addon.c",
              "src/arguments.c",
              "src/seqpacket.c",
              "src/seqpacket-watch.c",
              "src/seqpacket-batch.c",
              "src/folder-lock.c",
              "src/region.c",
              "src/region-guard.c",
              "src/region-exchange.c",
              "src/region-watch.c",
              "src/tcp-door.c",
              "src/tcp-door-watch.c"
            ],
            "libraries": ["-lpthread", "-ldl"]
          },
          { "sources": ["src/addon-empty.c"] }
        ]
      ]
    }
  ]
}
