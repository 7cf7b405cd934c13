using System.Collections.Frozen;

namespace Restoration.ServiceDefaults;

/// <summary>The short human sentence of a problem in both languages: that of its entry, and for a code without one that of its status.</summary>
public static class ProblemTitles
{
    private static readonly FrozenDictionary<int, (string English, string Chinese)> ByStatus =
        new Dictionary<int, (string, string)>
        {
            [400] = ("The request is malformed", "请求格式有误"),
            [401] = ("A valid token is needed", "需要有效的访问令牌"),
            [403] = ("This is not the caller's to do", "无权执行此操作"),
            [404] = ("There is no such thing", "资源不存在"),
            [405] = ("The method is not supported here", "此路径不支持该方法"),
            [406] = ("None of the accepted media types can be given", "无法提供所接受的媒体类型"),
            [409] = ("The present state forbids it", "当前状态不允许此操作"),
            [410] = ("This is gone", "资源已不再提供"),
            [412] = ("The resource has moved on", "资源已被更新"),
            [413] = ("The body is too large", "请求体过大"),
            [415] = ("The media type is not supported", "不支持的媒体类型"),
            [422] = ("A rule is broken", "违反业务规则"),
            [428] = ("A precondition is needed", "缺少前置条件"),
            [429] = ("Too many requests", "请求过于频繁"),
            [503] = ("The service is unavailable for the moment", "服务暂时不可用"),
        }.ToFrozenDictionary();

    public static string Of(string code, int status, bool chinese)
    {
        if (ProblemEntries.Find(code) is { } entry)
            return entry.Title.In(chinese);
        var title = ByStatus.TryGetValue(status, out var known) ? known
            : status < 500 ? ("The request was refused", "请求被拒绝") : ("Something went wrong here", "服务器内部错误");
        return chinese ? title.Item2 : title.Item1;
    }
}
